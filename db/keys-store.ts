import type { WrappedDataKey } from '../crypto/data-key.ts';
import type { Tx } from './tx.ts';

/** @returns null when there is none: never connected, or its history was deleted */
export const readKey = async (tx: Tx, inboxId: string): Promise<WrappedDataKey | null> => {
  const [key] = await tx.sql<WrappedDataKey>(
    `select master_key_id as "masterKeyId", wrapped_key as "wrappedKey"
     from inbox_keys where inbox_id = $1`,
    [inboxId],
  );
  return key ?? null;
};

export const insertKey = async (tx: Tx, inboxId: string, key: WrappedDataKey): Promise<void> => {
  await tx.sql(
    'insert into inbox_keys (inbox_id, master_key_id, wrapped_key) values ($1, $2, $3)',
    [inboxId, key.masterKeyId, key.wrappedKey],
  );
};
