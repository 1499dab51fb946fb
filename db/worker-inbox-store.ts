import type { InboxProblem, ReconnectReason } from '../domain/inbox.ts';
import { recordEvent } from './event-store.ts';
import { openGap } from './gap-store.ts';
import { nextState } from './inbox-transition.ts';
import { stopOutgoing } from './outgoing-store.ts';
import { readSyncHealth } from './sync-store.ts';
import type { ExclusiveInboxTx, InboxTx } from './tx.ts';

/**
 * The provider no longer lets us in. The tokens go, and the fence shuts: a second attempt in this
 * epoch does not get here, so whoever does tells the user.
 */
export const markNeedsReconnect = async (
  tx: ExclusiveInboxTx,
  reason: ReconnectReason,
): Promise<void> => {
  const { status } = nextState(tx.inbox, 'loseAccess').next;
  await tx.sql(
    `update inboxes set status = $1, reconnect_reason = $2, tokens_ct = null
     where id = app_inbox()`,
    [status, reason],
  );
  const { id: inboxId, epoch } = tx.inbox;
  await stopOutgoing(tx, inboxId, 'access_lost');
  await recordEvent(tx, { type: 'inbox.needs_reconnect', inboxId, facts: { epoch, reason } });
  // From here on nothing is seen; a reconnect sets the gap's end and has it listed again (B9). Where
  // nothing was chosen yet, nothing was to be seen.
  const { syncedAt } = await readSyncHealth(tx, inboxId);
  if (syncedAt === null) return;
  await openGap(tx, { cause: 'revoked', from: syncedAt, to: Date.now() });
};

/** Shown on the page until the user has mended it. @returns false when it is known already */
export const markProblem = async (
  tx: ExclusiveInboxTx,
  problem: InboxProblem,
): Promise<boolean> => {
  const marked = await tx.sql(
    `update inboxes set problem = $1, problem_since = now()
     where id = app_inbox() and problem is distinct from $1 returning id`,
    [problem],
  );
  return marked.length === 1;
};

export const clearProblem = async (tx: ExclusiveInboxTx): Promise<void> => {
  await tx.sql('update inboxes set problem = null, problem_since = null where id = app_inbox()');
};

/** Renewed tokens, before anything uses them. */
export const saveTokens = async (tx: ExclusiveInboxTx, tokensCt: Buffer): Promise<void> => {
  await tx.sql('update inboxes set tokens_ct = $1 where id = app_inbox()', [tokensCt]);
};

/** What is known of the mailbox: its addresses and the name of its scope. */
export const saveProfile = async (tx: ExclusiveInboxTx, profileCt: Buffer): Promise<void> => {
  await tx.sql('update inboxes set profile_ct = $1 where id = app_inbox()', [profileCt]);
};

/** The user has been told about the lost grant of this epoch; in `asInbox`. */
export const markReconnectNotified = async (tx: InboxTx, epoch: number): Promise<void> => {
  await tx.sql('select lock_inbox(app_inbox())');
  await tx.sql(
    `update inboxes set reconnect_notified_epoch = $1
     where id = app_inbox() and epoch = $1 and status = 'needs_reconnect'`,
    [epoch],
  );
};
