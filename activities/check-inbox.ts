import { requestContactsBackfill } from '../db/backfill-store.ts';
import { distrustPush, noteSynced, readCursor } from '../db/sync-store.ts';
import { type ChosenScope, isChosen } from '../domain/scope.ts';
import { isWatchDue } from '../domain/watch.ts';
import { CursorExpiredError } from '../providers/errors.ts';
import type { MailProvider, SyncCursor } from '../providers/mail-provider.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { openCursor } from '../vault/inbox-seals.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import { withHeartbeat } from './heartbeat.ts';
import { lookForScope } from './look-for-scope.ts';
import { type NextWork, nextWork } from './next-check.ts';
import { openRelistedGap } from './relist-gap.ts';
import { renewWatch } from './renew-watch.ts';

export interface CheckedInbox extends NextWork {
  /** Something happened at the provider since the cursor: sync. */
  changed: boolean;
}

/** A change found by looking proves nothing against push that spoke this recently. */
const PUSH_MAY_LAG_MS = 60_000;

/**
 * The look on a timer or after a change of contacts, scope or gaps: renews the watch, finds due
 * backfills, and peeks whether push has missed something (2 quota units). Where nothing is chosen yet,
 * it asks for the mailbox's address alone, which tells a grant that has ended.
 */
export async function checkInbox(deps: ActivityDeps, inbox: InboxRef): Promise<CheckedInbox> {
  return await withHeartbeat(async (signal) => {
    const mailbox = await deps.mailboxes.open(inbox, 'live', signal);
    const state = await readSyncState(deps, inbox);
    if (state === null) await mailbox.address();
    const changed = state !== null && (await look(deps, inbox, mailbox, state));
    return await deps.database.asConnectedInbox(inbox, async (tx) => ({
      changed,
      ...(await nextWork(deps, tx)),
    }));
  });
}

interface SyncState {
  cursor: SyncCursor;
  watchId: string | null;
  watchIsDue: boolean;
  pushedAt: number | null;
}

/** @returns whether something happened at the provider since the cursor */
async function look(
  deps: ActivityDeps,
  inbox: InboxRef,
  mailbox: MailProvider,
  { cursor, watchId, watchIsDue, pushedAt }: SyncState,
): Promise<boolean> {
  if (watchIsDue) await renewWatch(deps, inbox, mailbox, watchId);
  const scope = await lookForScope(deps, inbox, mailbox);
  const { changed, missed } = await peek(deps, inbox, mailbox, { cursor, scope });
  const windowMs = deps.settings.BACKFILL_DAYS * 86_400_000;
  await deps.database.asConnectedInboxExclusive(inbox, async (tx) => {
    await requestContactsBackfill(tx, deps.now(), windowMs);
    const pushIsSilent = pushedAt !== null && deps.now() - pushedAt > PUSH_MAY_LAG_MS;
    if (missed && pushIsSilent) {
      const { syncedAt: from } = await readCursor(tx);
      await distrustPush(tx);
      const gap = { cause: 'missed_notification', from, to: deps.now() } as const;
      await openRelistedGap(tx, gap, deps.now());
    }
  });
  return changed;
}

/** @returns null where nothing is chosen yet: there is no cursor then */
async function readSyncState(deps: ActivityDeps, inbox: InboxRef): Promise<SyncState | null> {
  return await deps.database.asConnectedInbox(inbox, async (tx, row) => {
    if (!isChosen(row.scope)) return null;
    const { cursorCt, watchId, watchExpiresAt, pushedAt } = await readCursor(tx);
    const key = await readDataKey(tx, deps.keyRing, row);
    return {
      pushedAt,
      watchId,
      cursor: openCursor<SyncCursor>(key, row, cursorCt),
      watchIsDue: isWatchDue(row.provider, watchExpiresAt, deps.now()),
    };
  });
}

/**
 * In the scope alone: Outlook tells heads along with changes, and others are none of ours (P6).
 * @returns whether there is something, and whether push should have told of it
 */
async function peek(
  deps: ActivityDeps,
  inbox: InboxRef,
  mailbox: MailProvider,
  { cursor, scope }: { cursor: SyncCursor; scope: ChosenScope | null },
): Promise<{ changed: boolean; missed: boolean }> {
  if (scope === null) return { changed: false, missed: false };
  const askedAt = deps.now();
  try {
    const page = await mailbox.listChanges(cursor, scope, null);
    const changed =
      page.touchedIds.length > 0 || page.deletedIds.length > 0 || page.nextPageToken !== null;
    if (!changed) await noteQuiet(deps, inbox, askedAt);
    return { changed, missed: changed && !page.unannounced };
  } catch (error) {
    // The sync opens a gap of its own for it.
    if (error instanceof CursorExpiredError) return { changed: true, missed: false };
    throw error;
  }
}

/** Nothing happened up to `askedAt`: a gap opened later begins there. */
async function noteQuiet(deps: ActivityDeps, inbox: InboxRef, askedAt: number): Promise<void> {
  await deps.database.asConnectedInbox(inbox, (tx) => noteSynced(tx, askedAt));
}
