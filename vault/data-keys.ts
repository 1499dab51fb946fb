import { type DataKey, unwrapDataKey } from '../crypto/data-key.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Tx } from '../db/database.ts';
import { readKeys } from '../db/keys-store.ts';
import { ContentFreeError } from '../domain/errors.ts';

/** The inbox's history was deleted: nothing of it can be read any more. */
export class DataKeyDestroyedError extends ContentFreeError {
  override readonly name = 'DataKeyDestroyed';
  constructor(inboxId: string) {
    super(`The data key of inbox ${inboxId} is gone: its email history was deleted.`);
  }
}

/**
 * Unwrapped within the transaction, so that a fenced one holds off a deletion until the key is in
 * use, and none begins afterwards. A file is read, or the key service asked once, for 2 s at most.
 * @throws DataKeyDestroyedError; InboxKeyMissingError; KeyStoreError
 */
export async function readDataKey(
  tx: Tx,
  keyRing: KeyRing,
  inbox: { id: string; orgId: string },
): Promise<DataKey> {
  const wrapped = await readKeys(tx, inbox.id);
  if (wrapped.length === 0) throw new DataKeyDestroyedError(inbox.id);
  return unwrapDataKey(keyRing, { orgId: inbox.orgId, inboxId: inbox.id }, wrapped);
}

/** The same, null once the history was deleted. */
export async function findDataKey(
  ...inbox: Parameters<typeof readDataKey>
): Promise<DataKey | null> {
  try {
    return await readDataKey(...inbox);
  } catch (error) {
    if (error instanceof DataKeyDestroyedError) return null;
    throw error;
  }
}
