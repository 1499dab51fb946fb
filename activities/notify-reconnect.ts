import { markReconnectNotified } from '../db/worker-inbox-store.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { openProfile } from '../vault/inbox-seals.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import { reconnectMail } from './mails.ts';

/**
 * Tells the user once that the inbox waits for them. A crash between the send and its note mails
 * once more, with the same Message-ID.
 */
export async function notifyReconnect(deps: ActivityDeps, inbox: InboxRef): Promise<void> {
  const mail = await deps.database.asInbox(inbox.inboxId, async (tx, row) => {
    const waits = row.status === 'needs_reconnect' && row.epoch === inbox.epoch;
    if (!waits || row.reconnectNotifiedEpoch === inbox.epoch || !row.profileCt) return null;
    const profile = openProfile(await readDataKey(tx, deps.keyRing, row), row, row.profileCt);
    const reason = row.reconnectReason ?? 'revoked';
    return reconnectMail(profile, reason, deps.settings.PUBLIC_URL, inbox);
  });
  if (!mail) return;
  await deps.mailer.send(mail);
  await deps.database.asInbox(inbox.inboxId, (tx) => markReconnectNotified(tx, inbox.epoch));
}
