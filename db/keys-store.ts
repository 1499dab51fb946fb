import type { WrappedDataKey } from '../crypto/data-key.ts';
import type { Tx } from './tx.ts';

/** Newest first: it seals. Empty when never connected, or when the history was deleted. */
export const readKeys = (tx: Tx, inboxId: string): Promise<WrappedDataKey[]> =>
  tx.sql<WrappedDataKey>(
    `select key_id as "keyId", master_key_id as "masterKeyId", wrapped_key as "wrappedKey"
     from inbox_keys where inbox_id = $1 order by n desc`,
    [inboxId],
  );

/** From now on this one seals. Only whoever holds the inbox alone may call it. */
export const insertKey = async (tx: Tx, inboxId: string, key: WrappedDataKey): Promise<void> => {
  await tx.sql('update inboxes set key_n = key_n + 1 where id = $1', [inboxId]);
  await tx.sql(
    `insert into inbox_keys (inbox_id, n, key_id, master_key_id, wrapped_key)
     select id, key_n, $2, $3, $4 from inboxes where id = $1`,
    [inboxId, key.keyId, key.masterKeyId, key.wrappedKey],
  );
};

/**
 * Takes every key of the inbox out of use. What is left are the names of their secrets, until those
 * are destroyed too: see vault/doomed-keys.ts.
 */
export const doomKeys = async (tx: Tx, inboxId: string): Promise<void> => {
  await tx.sql(
    `with gone as (delete from inbox_keys where inbox_id = $1 returning key_id, inbox_id)
     insert into doomed_keys (key_id, inbox_id) select key_id, inbox_id from gone`,
    [inboxId],
  );
};

/** Secrets of the inbox that must be destroyed. */
export const readDoomedKeys = async (tx: Tx, inboxId: string): Promise<string[]> =>
  (
    await tx.sql<{ key_id: string }>('select key_id from doomed_keys where inbox_id = $1', [
      inboxId,
    ])
  ).map(({ key_id }) => key_id);

/** These secrets are destroyed; the receipt of the deletion that wanted it says when. */
export const noteDestroyed = async (
  tx: Tx,
  inboxId: string,
  keyIds: readonly string[],
): Promise<void> => {
  await tx.sql('delete from doomed_keys where inbox_id = $1 and key_id = any($2)', [
    inboxId,
    keyIds,
  ]);
  await tx.sql(
    `update deletions set key_destroyed_at = clock_timestamp()
     where inbox_id = $1 and key_destroyed_at is null
       and not exists (select from doomed_keys where inbox_id = $1)`,
    [inboxId],
  );
};

/** Of the given keys those that some inbox uses; in `asNobody` of the worker. */
export const keysInUse = async (tx: Tx, keyIds: readonly string[]): Promise<string[]> =>
  (await tx.sql<{ key_id: string }>('select key_id from keys_in_use($1) as key_id', [keyIds])).map(
    ({ key_id }) => key_id,
  );
