import { InboxNotFoundError } from './errors.ts';
import { type InboxRecord, type InboxRow, toInboxRow } from './inbox-row.ts';
import type { InboxTx, Tx } from './tx.ts';

/** @returns null when there is none, or it is not this user's */
export const getInbox = async (tx: Tx, id: string): Promise<InboxRow | null> => {
  const [record] = await tx.sql<InboxRecord>('select * from inboxes where id = $1', [id]);
  return record ? toInboxRow(record) : null;
};

/** @throws InboxNotFoundError */
export const mustGetInbox = async (tx: Tx, id: string): Promise<InboxRow> => {
  const inbox = await getInbox(tx, id);
  if (!inbox) throw new InboxNotFoundError(id);
  return inbox;
};

/**
 * Holds the inbox alone until the transaction ends. Whoever changes its status, epoch or scope comes
 * through here; it waits only for the workers' running transactions.
 * @throws InboxNotFoundError
 */
export const lockInbox = async (tx: Tx, id: string): Promise<InboxRow> => {
  // Of a row that is seen: nobody may hold up an inbox that is not theirs. Read anew once it is held.
  const held = tx.sql('select lock_inbox(id) from inboxes where id = $1', [id]);
  const [inbox] = await Promise.all([mustGetInbox(tx, id), held]);
  return inbox;
};

/**
 * Holds off whoever wants the worker's inbox alone, in any state of it, until the transaction ends.
 * What is read afterwards holds until then.
 */
export const shareInbox = (tx: InboxTx): void =>
  tx.send('select pg_advisory_xact_lock_shared(hashtextextended(app_inbox()::text, 1))');
