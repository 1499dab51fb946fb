import type { InboxStatus } from '../domain/inbox.ts';
import { InboxDeletingError } from './errors.ts';
import { lockInbox } from './inbox-lock.ts';
import { msOf } from './time.ts';
import type { Tx } from './tx.ts';

export interface Thread {
  inboxId: string;
  providerThreadId: string;
}

export interface ThreadShare extends Thread {
  sharedAt: number;
}

/**
 * Opens a thread to its owner's org: what is stored of it and what comes later. Again, it changes
 * nothing.
 * @returns false when it was shared already
 * @throws InboxNotFoundError also for a thread that is another user's; InboxDeletingError
 */
export const shareThread = async (tx: Tx, thread: Thread): Promise<boolean> => {
  // No page is committed meanwhile: its links would miss the flag.
  const inbox = await lockInbox(tx, thread.inboxId);
  if (inbox.status === 'deleting') throw new InboxDeletingError(inbox.id);
  const added = await tx.sql(
    `insert into thread_shares (inbox_id, provider_thread_id, org_id, user_id)
     values ($1, $2, app_org(), app_user()) on conflict do nothing returning 1`,
    [thread.inboxId, thread.providerThreadId],
  );
  if (added.length > 0) await flagLinks(tx, thread, true);
  return added.length > 0;
};

/**
 * Closes it again: whoever asks after this has committed sees nothing of it.
 * @returns false when it was not shared
 * @throws InboxNotFoundError
 */
export const unshareThread = async (tx: Tx, thread: Thread): Promise<boolean> => {
  await lockInbox(tx, thread.inboxId);
  const removed = await tx.sql(
    'delete from thread_shares where inbox_id = $1 and provider_thread_id = $2 returning 1',
    [thread.inboxId, thread.providerThreadId],
  );
  if (removed.length > 0) await flagLinks(tx, thread, false);
  return removed.length > 0;
};

/** For the team's timelines; what may be read is decided by the share itself. */
const flagLinks = async (tx: Tx, thread: Thread, shared: boolean): Promise<void> => {
  await tx.sql(
    `update message_contacts set shared = $3 where message_id in
       (select id from messages where inbox_id = $1 and provider_thread_id = $2)`,
    [thread.inboxId, thread.providerThreadId, shared],
  );
};

/** The caller's own, oldest first. */
export const listOwnShares = async (tx: Tx): Promise<ThreadShare[]> => {
  const rows = await tx.sql<ShareRecord>(
    'select * from thread_shares where user_id = app_user() order by shared_at, provider_thread_id',
  );
  return rows.map(toShare);
};

/** @returns null when it is not shared */
export const getOwnShare = async (tx: Tx, thread: Thread): Promise<ThreadShare | null> => {
  const [row] = await tx.sql<ShareRecord>(
    `select * from thread_shares
     where user_id = app_user() and inbox_id = $1 and provider_thread_id = $2`,
    [thread.inboxId, thread.providerThreadId],
  );
  return row ? toShare(row) : null;
};

/** Teammates who have opened the thread or a message of it, and when last (to the hour). */
export const openedBy = async (
  tx: Tx,
  { inboxId, providerThreadId }: Thread,
): Promise<{ userId: string; at: number }[]> => {
  const rows = await tx.sql<{ actor_id: string; at: string }>(
    `select actor_id, max(at) as at from audit_log
     where org_id = app_org() and owner_id = app_user() and actor_id <> app_user()
       and inbox_id = $1 and act in ('thread.read', 'message.read', 'attachment.read')
       and subject in (select id::text from messages where inbox_id = $1 and provider_thread_id = $2
                       union all select $2)
     group by actor_id order by actor_id`,
    [inboxId, providerThreadId],
  );
  return rows.map((row) => ({ userId: row.actor_id, at: msOf(row.at) }));
};

/**
 * The inbox behind a thread that a teammate has shared: what asking its provider takes, and nothing
 * of its owner.
 */
export const getSharedInbox = async (
  tx: Tx,
  inboxId: string,
): Promise<{ id: string; epoch: number; status: InboxStatus } | null> => {
  const [row] = await tx.sql<{ id: string; epoch: number; status: InboxStatus }>(
    'select * from shared_inbox($1)',
    [inboxId],
  );
  return row ?? null;
};

interface ShareRecord {
  inbox_id: string;
  provider_thread_id: string;
  shared_at: string;
}

const toShare = (record: ShareRecord): ThreadShare => ({
  inboxId: record.inbox_id,
  providerThreadId: record.provider_thread_id,
  sharedAt: msOf(record.shared_at),
});
