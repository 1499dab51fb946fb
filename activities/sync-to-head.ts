import { hasRequestedBackfill } from '../db/backfill-store.ts';
import type { InboxTx } from '../db/database.ts';
import { knownVerdicts } from '../db/message-store.ts';
import { readCursor, saveCursor } from '../db/sync-store.ts';
import { longestSilenceMs } from '../domain/gap.ts';
import type { MessageHead } from '../domain/message.ts';
import { type ChosenScope, isChosen } from '../domain/scope.ts';
import { timelineLag } from '../metrics/engine.ts';
import { CursorExpiredError, PageTokenInvalidError } from '../providers/errors.ts';
import type { MailProvider, SyncCursor } from '../providers/mail-provider.ts';
import { pause } from '../session/call-gate.ts';
import { openCursor, sealCursor } from '../vault/inbox-seals.ts';
import { withBrought } from './brought.ts';
import { commit } from './commit.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import { openExpiredGap } from './expired-cursor.ts';
import { chunksOf, type FetchingMailbox, fetchAndDecide } from './fetching.ts';
import { type Decided, isSettled, type Judging, keyInUse, loadJudging, unseen } from './judging.ts';
import { openRelistedGap } from './relist-gap.ts';

export interface Looked {
  seen: number;
  stored: number;
  /** A backfill waits to be started: this look, or one that died after it, opened a gap. */
  workFound: boolean;
  /** More messages than asked for: nothing was done about them. */
  tooMany?: boolean;
}

export interface LookOptions {
  /** Messages, at most. */
  atMost: number;
  signal: AbortSignal;
}

/** A message can be announced before it can be read (providers.md D1.2). */
const NOT_YET_READABLE_MS = 2_000;

const NOTHING: Looked = { seen: 0, stored: 0, workFound: false };

/**
 * From the stored cursor to the provider's head. Messages commit batch by batch; the cursor moves
 * with the last one, so that a crash repeats changes but never skips one.
 */
export async function syncToHead(
  deps: ActivityDeps,
  inbox: InboxRef,
  mailbox: MailProvider,
  { atMost, signal }: LookOptions,
): Promise<Looked> {
  const startedAt = deps.now();
  const start = await deps.database.asConnectedInbox(inbox, async (tx, row) => {
    // Nothing is chosen yet, and there is no cursor: a push is another user's of this mailbox.
    if (!isChosen(row.scope)) return null;
    const judging = await loadJudging(deps, tx);
    const { cursorCt, syncedAt } = await readCursor(tx);
    const cursor = openCursor<SyncCursor>(judging.key, row, cursorCt);
    return { judging, syncedAt, cursor, scope: row.scope };
  });
  if (start === null) return NOTHING;
  const { judging, cursor, scope, syncedAt } = start;
  try {
    const changes = await listAllChanges(mailbox, cursor, scope);
    if (changes.touchedIds.length > atMost) return { ...NOTHING, tooMany: true };
    const since = { syncedAt, startedAt };
    return await store(deps, inbox, mailbox, judging, { ...changes, ...since, signal });
  } catch (error) {
    if (!(error instanceof CursorExpiredError)) throw error;
    await openExpiredGap(deps, inbox, mailbox, judging, { syncedAt, startedAt });
    return { ...NOTHING, workFound: true };
  }
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
): Promise<Looked> {
  const { touchedIds, deletedIds, signal } = changes;
  const known = await deps.database.asConnectedInbox(inbox, (tx) =>
    knownVerdicts(tx, [...touchedIds, ...deletedIds]),
  );
  const fresh = touchedIds.filter((id) => !isSettled(known.get(id), judging));
  const last = deletedIds.filter((id) => !known.has(id)).map((id) => unseen(id, { kind: 'gone' }));
  const reader = withBrought(mailbox, [changes]);
  const chunks = chunksOf(fresh, mailbox.fetchBatchSize);
  const decide = (ids: readonly string[]): Promise<Decided[]> =>
    fetchReadable(reader, judging, ids, signal);
  let stored = 0;
  for (const ids of chunks.slice(0, -1)) {
    const decided = await decide(ids);
    await commit(deps, inbox, judging, decided);
    stored += countArrived(deps, decided);
  }
  const decided = [...(await decide(chunks.at(-1) ?? [])), ...last];
  let workFound = false;
  await commit(deps, inbox, judging, decided, async (tx) => {
    const key = await keyInUse(deps, tx, judging);
    await noteDowntime(deps, tx, changes);
    await saveCursor(tx, {
      cursorCt: sealCursor(key, tx.inbox, changes.head),
      syncedAt: changes.startedAt,
    });
    workFound = await hasRequestedBackfill(tx, deps.now());
  });
  stored += countArrived(deps, decided);
  return { seen: touchedIds.length, stored, workFound };
}

/** @returns how many of them are on a timeline now */
function countArrived(deps: ActivityDeps, decided: readonly Decided[]): number {
  const arrived = decided.filter(({ verdict }) => verdict.kind === 'stored');
  for (const { receivedAt } of arrived) {
    timelineLag.observe(Math.max(0, deps.now() - (receivedAt ?? deps.now())) / 1_000);
  }
  return arrived.length;
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
