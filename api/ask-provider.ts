import { needsUser } from '../providers/errors.ts';
import type { MailProvider } from '../providers/mail-provider.ts';
import type { InboxRef } from '../session/mailboxes.ts';
import type { ApiContext } from './context.ts';

/**
 * Asks an inbox's provider for a user who waits. What only the inbox's user can mend wakes its
 * workflow, which meets the same, sets the inbox to `needs_reconnect` and mails them.
 * @throws ProviderError, StaleEpochError
 */
export async function askProvider<T>(
  ctx: Pick<ApiContext, 'mailboxes' | 'wakeInbox'>,
  inbox: InboxRef,
  signal: AbortSignal,
  ask: (mailbox: MailProvider) => Promise<T>,
): Promise<T> {
  try {
    return await ask(await ctx.mailboxes.open(inbox, 'user', signal));
  } catch (error) {
    if (needsUser(error)) await ctx.wakeInbox(inbox);
    throw error;
  }
}
