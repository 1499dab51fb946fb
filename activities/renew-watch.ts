import { saveWatch } from '../db/sync-store.ts';
import { ProviderError, TokenRevokedError } from '../providers/errors.ts';
import type { MailProvider, Watch } from '../providers/mail-provider.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';

/** Push is a convenience: without it the poll timer does the same, later. */
export async function renewWatch(
  deps: ActivityDeps,
  inbox: InboxRef,
  mailbox: MailProvider,
  watchId: string | null,
): Promise<void> {
  const watch = await startWatch(deps, mailbox, watchId);
  if (watch === null) return;
  await deps.database.asConnectedInbox(inbox, (tx) => saveWatch(tx, watch));
}

/** A topic without rights, or one taken by another environment, must not stop the sync itself. */
async function startWatch(
  deps: ActivityDeps,
  mailbox: MailProvider,
  watchId: string | null,
): Promise<Watch | null> {
  try {
    return await mailbox.watch(watchId);
  } catch (error) {
    if (!(error instanceof ProviderError) || error instanceof TokenRevokedError) throw error;
    deps.log.warn({ err: error }, 'push is not available, polling instead');
    return null;
  }
}
