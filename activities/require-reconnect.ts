import { markNeedsReconnect } from '../db/worker-inbox-store.ts';
import { StaleEpochError } from '../domain/errors.ts';
import type { ReconnectReason } from '../domain/inbox.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';

/** `stale`: disconnected, deleted, or connected anew in a later epoch. */
export type SeenStatus = 'connected' | 'needs_reconnect' | 'stale';

const REASONS: Record<string, ReconnectReason> = {
  TokenRevoked: 'revoked',
  ConsentRequired: 'scopes_missing',
  MailboxUnavailable: 'mailbox_unavailable',
};

/** Stops all calls for this inbox. Whoever meets the dead grant first wins. */
export async function requireReconnect(
  deps: ActivityDeps,
  input: InboxRef & { failure: string },
): Promise<SeenStatus> {
  try {
    await deps.database.asConnectedInboxExclusive(input, (tx) =>
      markNeedsReconnect(tx, REASONS[input.failure] ?? 'revoked'),
    );
    return 'needs_reconnect';
  } catch (error) {
    if (error instanceof StaleEpochError) return await readStatus(deps, input);
    throw error;
  }
}

export async function readStatus(deps: ActivityDeps, inbox: InboxRef): Promise<SeenStatus> {
  return await deps.database.asInbox(inbox.inboxId, async (_tx, { status, epoch }) => {
    if (epoch !== inbox.epoch) return 'stale';
    return status === 'connected' || status === 'needs_reconnect' ? status : 'stale';
  });
}
