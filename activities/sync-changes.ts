import { hasRequestedBackfill } from '../db/backfill-store.ts';
import type { InboxTx } from '../db/database.ts';
import { type KnownVerdict, knownVerdicts } from '../db/message-store.ts';
import { readCursor, saveCursor } from '../db/sync-store.ts';
import { longestSilenceMs } from '../domain/gap.ts';
import type { MessageHead } from '../domain/message.ts';
import { type ChosenScope, isChosen } from '../domain/scope.ts';
import { timelineLag } from '../metrics/engine.ts';
import {
  CursorExpiredError,
  PageTokenInvalidError,
  ProviderUnavailableError,
  RequestRefusedError,
} from '../providers/errors.ts';
import type { MailProvider, SyncCursor } from '../providers/mail-provider.ts';
import { pause } from '../session/call-gate.ts';
import { openCursor, sealCursor } from '../vault/inbox-seals.ts';
import { withBrought } from './brought.ts';
import { commit } from './commit.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import { chunksOf, type FetchingMailbox, fetchAndDecide } from './fetching.ts';
import { withHeartbeat } from './heartbeat.ts';
import {
  type Decided,
  isStranger,
  type Judging,
  keyInUse,
  loadJudging,
  unseen,
} from './judging.ts';
import { lookForScope } from './look-for-scope.ts';
import { openRelistedGap } from './relist-gap.ts';

export interface SyncedChanges {
  seen: number;
  stored: number;
  /** A backfill waits to be started: this sync, or one that died after it, opened a gap. */
  workFound: boolean;
}

/** A message can be announced before it can be read (providers.md D1.2). */
const NOT_YET_READABLE_MS = 2_000;

/**
 * From the stored cursor to the provider's head. Messages commit batch by batch; the cursor moves
 * only with the last batch of the last page, so that a crash repeats changes but never skips one.
 */
export async function syncChanges(deps: ActivityDeps, inbox: InboxRef): Promise<SyncedChanges> {
  return await withHeartbeat(async (signal) => {
    const startedAt = deps.now();
    const mailbox = await deps.mailboxes.open(inbox, 'live', signal);
    const start = await deps.database.asConnectedInbox(inbox, async (tx, row) => {
      // Nothing is chosen yet, and there is no cursor: a push is another user's of this mailbox.
      if (!isChosen(row.scope)) return null;
      const judging = await loadJudging(deps, tx);
      const { cursorCt, syncedAt } = await readCursor(tx);
      const cursor = openCursor<SyncCursor>(judging.key, row, cursorCt);
      return { judging, syncedAt, cursor, scope: row.scope };
    });
    if (start === null) return { seen: 0, stored: 0, workFound: false };
    const { judging, cursor, scope, syncedAt } = start;
    try {
      const changes = await listAllChanges(mailbox, cursor, scope);
      const since = { syncedAt, startedAt };
      return await store(deps, inbox, mailbox, judging, { ...changes, ...since, signal });
    } catch (error) {
      if (!(error instanceof CursorExpiredError)) throw error;
      await openExpiredGap(deps, inbox, mailbox, judging, { syncedAt, startedAt });
      return { seen: 0, stored: 0, workFound: true };
    }
  });
}

interface Changes {
  touchedIds: string[];
  deletedIds: string[];
  heads: MessageHead[];
  head: SyncCursor;
}

/** A page token the provider forgot costs one more listing from the cursor, nothing else. */
async function listAllChanges(
  mailbox: MailProvider,
  cursor: SyncCursor,
  scope: ChosenScope,
): Promise<Changes> {
  try {
    return await listFromCursor(mailbox, cursor, scope);
  } catch (error) {
    if (!(error instanceof PageTokenInvalidError)) throw error;
    return await listFromCursor(mailbox, cursor, scope);
  }
}

async function listFromCursor(
  mailbox: MailProvider,
  cursor: SyncCursor,
  scope: ChosenScope,
): Promise<Changes> {
  const touched = new Set<string>();
  const deleted = new Set<string>();
  const heads: MessageHead[] = [];
  let pageToken: string | null = null;
  for (;;) {
    const page = await mailbox.listChanges(cursor, scope, pageToken);
    for (const id of page.touchedIds) touched.add(id);
    for (const id of page.deletedIds) deleted.add(id);
    heads.push(...(page.heads ?? []));
    pageToken = page.nextPageToken;
    if (pageToken === null) {
      return {
        touchedIds: [...touched].filter((id) => !deleted.has(id)),
        deletedIds: [...deleted],
        heads,
        head: page.cursor ?? cursor,
      };
    }
  }
}

async function store(
  deps: ActivityDeps,
  inbox: InboxRef,
  mailbox: MailProvider,
  judging: Judging,
  changes: Changes & { syncedAt: number; startedAt: number; signal: AbortSignal },
): Promise<SyncedChanges> {
  const { touchedIds, deletedIds, signal } = changes;
  const known = await deps.database.asConnectedInbox(inbox, (tx) =>
    knownVerdicts(tx, [...touchedIds, ...deletedIds]),
  );
  // An attempt after a crash does not read it all again, and a mailbox into which thousands are
  // imported gets to its end.
  const isSettled = (verdict: KnownVerdict | undefined): boolean =>
    verdict !== undefined && (verdict.kind === 'stored' || isStranger(verdict, judging));
  const fresh = touchedIds.filter((id) => !isSettled(known.get(id)));
  const last = deletedIds.filter((id) => !known.has(id)).map((id) => unseen(id, { kind: 'gone' }));
  const reader = withBrought(mailbox, [changes]);
  let stored = 0;
  for (const ids of chunksOf(fresh, mailbox.fetchBatchSize)) {
    const decided = await fetchReadable(reader, judging, ids, signal);
    const arrived = decided.filter(({ verdict }) => verdict.kind === 'stored');
    stored += arrived.length;
    await commit(deps, inbox, judging, decided);
    for (const { receivedAt } of arrived) {
      timelineLag.observe(Math.max(0, deps.now() - (receivedAt ?? deps.now())) / 1_000);
    }
  }
  await commit(deps, inbox, judging, last, async (tx) => {
    const key = await keyInUse(deps, tx, judging);
    await noteDowntime(deps, tx, changes);
    await saveCursor(tx, {
      cursorCt: sealCursor(key, tx.inbox, changes.head),
      syncedAt: changes.startedAt,
    });
  });
  const workFound = await deps.database.asConnectedInbox(inbox, (tx) =>
    hasRequestedBackfill(tx, deps.now()),
  );
  return { seen: touchedIds.length, stored, workFound };
}

/** Heads first: most new mail is from strangers, whose bodies are never read (B1). */
async function fetchReadable(
  mailbox: FetchingMailbox,
  judging: Judging,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Decided[]> {
  const decided = await fetchAndDecide(mailbox, judging, ids, { headsFirst: true, signal });
  const gone = decided.filter(({ verdict }) => verdict.kind === 'gone');
  if (gone.length === 0) return decided;
  await pause(NOT_YET_READABLE_MS, signal);
  const again = gone.map(({ providerMessageId }) => providerMessageId);
  return [
    ...decided.filter(({ verdict }) => verdict.kind !== 'gone'),
    ...(await fetchAndDecide(mailbox, judging, again, { headsFirst: true, signal })),
  ];
}

/** The cursor has told of everything since; the listing proves it, and the user sees the dates. */
async function noteDowntime(
  deps: ActivityDeps,
  tx: InboxTx,
  { syncedAt, startedAt }: { syncedAt: number; startedAt: number },
): Promise<void> {
  if (startedAt - syncedAt <= longestSilenceMs(deps.settings.POLL_INTERVAL_WITH_PUSH_MS)) return;
  const gap = { cause: 'downtime', from: syncedAt, to: startedAt } as const;
  await openRelistedGap(tx, gap, deps.now());
}

/**
 * What happened since the last sync is listed again, by a backfill over that window (B9).
 * @throws ProviderUnavailableError not the cursor is at fault: nothing was written
 * @throws RequestRefusedError the label or folder of the scope is gone
 */
async function openExpiredGap(
  deps: ActivityDeps,
  inbox: InboxRef,
  mailbox: MailProvider,
  judging: Judging,
  at: { syncedAt: number; startedAt: number },
): Promise<void> {
  const scope = await lookForScope(deps, inbox, mailbox);
  if (scope === null) {
    throw new RequestRefusedError('The label or folder of this scope is gone; choose another.');
  }
  // The new cursor first, the window up to a moment after it: no message falls between them.
  const cursor = await freshCursor(mailbox, scope);
  await deps.database.asConnectedInbox(inbox, async (tx, row) => {
    const gap = { cause: 'cursor_expired', from: at.syncedAt, to: deps.now() } as const;
    await openRelistedGap(tx, gap, deps.now());
    const key = await keyInUse(deps, tx, judging);
    await saveCursor(tx, {
      cursorCt: sealCursor(key, row, cursor),
      syncedAt: at.startedAt,
    });
  });
}

/**
 * A cursor of this moment, tried once. Where that one is refused too, each sync would open a gap and
 * find its new cursor expired (I8).
 * @throws ProviderUnavailableError
 */
async function freshCursor(mailbox: MailProvider, scope: ChosenScope): Promise<SyncCursor> {
  try {
    const { cursor } = await mailbox.profile();
    await mailbox.listChanges(cursor, scope, null);
    return cursor;
  } catch (error) {
    if (!(error instanceof CursorExpiredError)) throw error;
    throw new ProviderUnavailableError('A cursor of this moment is refused, too.');
  }
}
