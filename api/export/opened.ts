import type { DataKey } from '../../crypto/data-key.ts';
import type { Tx } from '../../db/database.ts';
import { findDataKey } from '../../vault/data-keys.ts';
import { isUnreadable } from '../../vault/unreadable.ts';
import type { ApiContext } from '../context.ts';

interface Inbox {
  id: string;
  orgId: string;
}

/**
 * The inbox's data key: null once its history was deleted, and `lost` where nothing opens it.
 * @throws KeyStoreError
 */
export async function findKey(
  tx: Tx,
  { keyRing, log }: ApiContext,
  inbox: Inbox,
): Promise<DataKey | 'lost' | null> {
  try {
    return await findDataKey(tx, keyRing, inbox);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    log.error({ inboxId: inbox.id, err: error }, 'the data key of an inbox does not open');
    return 'lost';
  }
}

/**
 * What a line says of something sealed: its content, or that it does not open. One row, or one inbox,
 * must not keep the user from all the others.
 */
export function opened<T extends object>(
  { log }: ApiContext,
  key: DataKey | 'lost',
  ids: { inboxId: string; messageId: string },
  open: (key: DataKey) => T,
): T | { unreadable: true } {
  if (key === 'lost') return { unreadable: true };
  try {
    return open(key);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    log.error({ ...ids, err: error }, 'a stored message does not open');
    return { unreadable: true };
  }
}
