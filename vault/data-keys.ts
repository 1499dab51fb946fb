import type { KeyObject } from 'node:crypto';
import { unwrapDataKey } from '../crypto/data-key.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Tx } from '../db/database.ts';
import { readKey } from '../db/keys-store.ts';
import { ContentFreeError } from '../domain/errors.ts';

/** The inbox's history was deleted: nothing of it can be read any more. */
export class DataKeyDestroyedError extends ContentFreeError {
  override readonly name = 'DataKeyDestroyed';
  constructor(inboxId: string) {
    super(`The data key of inbox ${inboxId} is gone: its email history was deleted.`);
  }
}

/** @throws DataKeyDestroyedError */
export async function readDataKey(
  tx: Tx,
  keyRing: KeyRing,
  inbox: { id: string; orgId: string },
): Promise<KeyObject> {
  const row = await readKey(tx, inbox.id);
  if (!row) throw new DataKeyDestroyedError(inbox.id);
  return unwrapDataKey(keyRing, { orgId: inbox.orgId, inboxId: inbox.id }, row);
}
