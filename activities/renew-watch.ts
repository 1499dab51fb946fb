import { saveWatch } from '../db/sync-store.ts';
import type { MailProvider } from '../providers/mail-provider.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';

/** Push is a convenience: without it the poll timer does the same, later. */
export async function renewWatch(
  deps: ActivityDeps,
  inbox: InboxRef,
  mailbox: MailProvider,
): Promise<void> {
  const expiresAt = await mailbox.watch();
  if (expiresAt === null) return;
  await deps.database.asConnectedInbox(inbox, (tx) => saveWatch(tx, expiresAt));
}
