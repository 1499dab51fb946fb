import { requestContactsBackfill } from '../db/backfill-store.ts';
import { saveProfile } from '../db/worker-inbox-store.ts';
import { isChosen } from '../domain/scope.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { openProfile, sealProfile } from '../vault/inbox-seals.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import { withHeartbeat } from './heartbeat.ts';
import { type NextWork, nextWork } from './next-check.ts';
import { ownerLabels } from './owner-labels.ts';
import { renewWatch } from './renew-watch.ts';

export interface OpenedInbox extends NextWork {
  coalesceMs: number;
  owner: ReturnType<typeof ownerLabels>;
}

/**
 * First act of a connected inbox. The baseline cursor was stored by the connect itself, before
 * anything was listed; here the user's own addresses are learned, without which no direction is
 * known, and push is switched on. Where its user has yet to choose what is synced, nothing is asked.
 */
export async function openInbox(deps: ActivityDeps, inbox: InboxRef): Promise<OpenedInbox> {
  return await withHeartbeat(async (signal) => {
    const chosen = await deps.database.asConnectedInbox(inbox, async (_tx, { scope }) =>
      isChosen(scope),
    );
    if (chosen) await begin(deps, inbox, signal);
    return await deps.database.asConnectedInbox(inbox, async (tx, row) => ({
      ...(await nextWork(deps, tx)),
      coalesceMs: deps.settings.WAKE_COALESCE_MS,
      owner: ownerLabels(row),
    }));
  });
}

async function begin(deps: ActivityDeps, inbox: InboxRef, signal: AbortSignal): Promise<void> {
  const mailbox = await deps.mailboxes.open(inbox, 'live', signal);
  const [ownAddresses] = await Promise.all([
    mailbox.ownAddresses(),
    // A watch of an earlier epoch speaks another secret: begin anew.
    renewWatch(deps, inbox, mailbox, null),
  ]);
  await catchUpBooks(deps, inbox, ownAddresses);
}

/** The user's own addresses, and the contacts that no backfill covers yet. */
async function catchUpBooks(
  deps: ActivityDeps,
  inbox: InboxRef,
  ownAddresses: string[],
): Promise<void> {
  await deps.database.asConnectedInboxExclusive(inbox, async (tx, row) => {
    if (!row.profileCt) return;
    const key = await readDataKey(tx, deps.keyRing, row);
    const profile = openProfile(key, row, row.profileCt);
    await saveProfile(tx, sealProfile(key, row, { ...profile, ownAddresses }));
    // Contacts that came while the inbox was disconnected.
    await requestContactsBackfill(tx, deps.now(), deps.settings.BACKFILL_DAYS * 86_400_000);
  });
}
