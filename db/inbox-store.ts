import { isDeepStrictEqual } from 'node:util';
import { StaleEpochError } from '../domain/errors.ts';
import { type ChosenScope, isChosen } from '../domain/scope.ts';
import { insertBackfill } from './backfill-store.ts';
import { insertCommand } from './command-store.ts';
import { holdContactSeq } from './contact-book-store.ts';
import type { Attempt } from './database.ts';
import { InboxDeletingError } from './errors.ts';
import { recordEvent } from './event-store.ts';
import { endFlowsOf } from './flow-store.ts';
import { extendWaitingGap } from './gap-store.ts';
import { lockInbox } from './inbox-lock.ts';
import { type InboxRecord, type InboxRow, toInboxRow } from './inbox-row.ts';
import { nextState } from './inbox-transition.ts';
import { stopOutgoing } from './outgoing-store.ts';
import { at } from './time.ts';
import type { Tx } from './tx.ts';

/** The user's own, oldest first. */
export const listInboxes = async (tx: Tx): Promise<InboxRow[]> =>
  (await tx.sql<InboxRecord>('select * from inboxes order by created_at, id')).map(toInboxRow);

/**
 * Asks for a backfill over the whole window, as what was skipped may now be in scope; the first one,
 * where nothing was chosen before.
 * The epoch is the one in which its provider was asked: a stop since then is the last word (B7).
 * @returns nulls when the scope is this one already; begins: the caller has to insert the cursor
 * @throws InboxNotFoundError; InboxDeletingError; StaleEpochError
 */
export const changeScope = async (
  tx: Tx,
  { inboxId: id, epoch }: Attempt,
  scope: ChosenScope,
): Promise<{ n: number | null; commandId: number | null; begins: boolean }> => {
  const inbox = await lockInbox(tx, id);
  if (inbox.status === 'deleting') throw new InboxDeletingError(id);
  if (inbox.status !== 'connected' || inbox.epoch !== epoch) throw new StaleEpochError(id, epoch);
  if (isDeepStrictEqual(inbox.scope, scope)) {
    return { n: null, commandId: null, begins: false };
  }
  const begins = !isChosen(inbox.scope);
  const lastSeq = await holdContactSeq(tx);
  await tx.sql(
    `update inboxes set scope = $2, covered_seq = greatest(covered_seq, $3), problem = null,
       problem_since = null
     where id = $1`,
    [id, JSON.stringify(scope), lastSeq],
  );
  const gap = await extendWaitingGap(tx, id, { cause: 'scope_gone', to: Date.now() });
  const n = await insertBackfill(tx, id, {
    kind: begins ? 'initial' : 'scope',
    windowFrom: inbox.windowStart,
    windowTo: Date.now(),
    seqAfter: 0,
    seqUpto: lastSeq,
    gapId: gap?.id,
  });
  const commandId = await insertCommand(tx, { inboxId: id, kind: 'wake', epoch });
  return { n, commandId, begins };
};

/**
 * Stops the inbox: when this has committed, no worker writes for it (I4), and no consent that was
 * under way brings it back (B7). Mail already synced stays.
 * @returns the inbox as it was; commandId null when it was stopped already
 * @throws InboxNotFoundError
 */
export const disconnectInbox = async (
  tx: Tx,
  id: string,
): Promise<{ was: InboxRow; epoch: number; commandId: number | null }> => {
  endFlowsOf(tx, id);
  const was = await lockInbox(tx, id);
  const { next, changed } = nextState(was, 'disconnect');
  const { status, epoch } = next;
  if (!changed) return { was, epoch, commandId: null };
  // Together, as pages and calls of the inbox wait meanwhile.
  const [commandId] = await Promise.all([
    insertCommand(tx, { inboxId: id, kind: 'close', epoch }),
    tx.sql(
      `update inboxes set status = $2, epoch = $3, tokens_ct = null, reconnect_reason = null,
         disconnected_at = $4, sending = false
       where id = $1`,
      [id, status, epoch, at(Date.now())],
    ),
    stopOutgoing(tx, id, 'inbox_not_connected'),
    recordEvent(tx, { type: 'inbox.disconnected', inboxId: id, facts: { epoch } }),
  ]);
  return { was, epoch, commandId };
};

/** By the owner: a new name of the scope. */
export async function saveOwnProfile(tx: Tx, inboxId: string, profileCt: Buffer): Promise<void> {
  await tx.sql('update inboxes set profile_ct = $2 where id = $1', [inboxId, profileCt]);
}
