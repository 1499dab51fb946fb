import { StaleEpochError } from '../domain/errors.ts';
import type { ReconnectReason } from '../domain/inbox.ts';
import { markNeedsReconnect, readInboxStatus } from '../db/worker-inbox-store.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { openProfile } from '../vault/inbox-seals.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import { reconnectMail } from './mails.ts';

/** `stale`: disconnected, deleted, or connected anew in a later epoch. */
export type SeenStatus = 'connected' | 'needs_reconnect' | 'stale';

const REASONS: Record<string, ReconnectReason> = {
  TokenRevoked: 'revoked',
  ConsentRequired: 'scopes_missing',
  MailboxUnavailable: 'mailbox_unavailable',
};

/**
 * Stops all calls for this inbox and tells its user once. Whoever meets the dead grant first wins;
 * the others find the inbox already waiting.
 */
export async function requireReconnect(
  deps: ActivityDeps,
  input: InboxRef & { failure: string },
): Promise<SeenStatus> {
  try {
    const told = await deps.database.asConnectedInboxExclusive(input, async (tx, row) => {
      const reason = REASONS[input.failure] ?? 'revoked';
      await markNeedsReconnect(tx, row.id, reason);
      const key = await readDataKey(tx, deps.keyRing, row);
      return row.profileCt ? { reason, profile: openProfile(key, row, row.profileCt) } : null;
    });
    if (told) {
      await deps.mailer.send(
        reconnectMail(told.profile, told.reason, deps.settings.PUBLIC_URL, input),
      );
    }
    return 'needs_reconnect';
  } catch (error) {
    if (error instanceof StaleEpochError) return await readStatus(deps, input);
    throw error;
  }
}

export async function readStatus(deps: ActivityDeps, inbox: InboxRef): Promise<SeenStatus> {
  return await deps.database.asInbox(inbox.inboxId, async (tx) => {
    const { status, epoch } = await readInboxStatus(tx, inbox.inboxId);
    if (epoch !== inbox.epoch) return 'stale';
    return status === 'connected' || status === 'needs_reconnect' ? status : 'stale';
  });
}
