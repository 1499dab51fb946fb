import { handled } from '../concurrency/handled.ts';
import { noteSeen } from '../db/backfill-seen-store.ts';
import type { InboxTx } from '../db/database.ts';
import { knownVerdicts, linkContacts, readStoredEnvelopes } from '../db/message-store.ts';
import { shouldReadHeadersFirst } from '../domain/search-plan.ts';
import type { MailProvider } from '../providers/mail-provider.ts';
import { advancePages, needsScan } from './advance.ts';
import { withBrought } from './brought.ts';
import { commit } from './commit.ts';
import type { ActivityDeps, BackfillRef } from './deps.ts';
import { chunksOf, type FetchingMailbox, fetchAndDecide } from './fetching.ts';
import { type Decided, isStranger, type Judging, judgeStored, refreshJudging } from './judging.ts';
import type { ListedPage, Lister, OpenSlice } from './listing.ts';

export interface ImportRun {
  deps: ActivityDeps;
  input: BackfillRef;
  mailbox: MailProvider;
  lister: Lister;
  signal: AbortSignal;
  /** Of the bundle listed last; each bundle has its own. */
  judging: Judging;
  /** Epoch ms. Verdicts at least this new were given by this run, and stand. */
  plannedAt: number;
  /** Verdicts by an older version of the contact book are open, whenever they were given. */
  plannedVersion: number;
  /** Bundles listed in this turn. */
  bundles: number;
  /** The bundle after the one under way, as soon as it is listed. */
  next: Promise<Bundle | null> | null;
  /** Strangers met, by chunk of addresses; see `shouldReadHeadersFirst`. */
  strangers: Map<string, number>;
}

/** Enough that the half-empty batch at the end weighs little. */
export const BATCHES_PER_BUNDLE = 10;

/** Fetched batches that may wait for a commit. */
const BATCHES_WAITING = 3;

/** Pages to commit together with the slices that they advance. */
export interface Bundle {
  /** By which all of it is decided: the one that its commits must compare with (I3). */
  judging: Judging;
  pages: ListedPage[];
  wanted: Wanted[];
}

interface Wanted {
  id: string;
  slice: OpenSlice;
}

/**
 * One bundle: take listed pages until there is enough to fill whole batches, fetch and commit batch
 * by batch, and advance the slices together with the last one (I9); the next bundle is listed
 * meanwhile. A crash anywhere repeats the listing and skips what already has its verdict.
 * @returns true when no slice was left
 */
export async function importBundle(run: ImportRun): Promise<boolean> {
  const bundle = (await run.next) ?? (await prepareBundle(run, null));
  run.next = null;
  if (!bundle) return true;
  run.next = handled(prepareBundle(run, bundle));
  await fetchAndCommit(run, bundle);
  if (needsScan(bundle.pages)) run.lister.restart();
  return false;
}

/** What comes after `ahead`, which is under way; null when nothing does. */
async function prepareBundle(run: ImportRun, ahead: Bundle | null): Promise<Bundle | null> {
  // The first bundle is one hit or more: the first mail is on the timeline at once.
  const enough = run.bundles === 0 ? 1 : BATCHES_PER_BUNDLE * run.mailbox.fetchBatchSize;
  run.bundles += 1;
  const pages = await run.lister.take(enough);
  if (pages.length === 0) return null;
  // A message under way is judged by all contacts: fetched again for another it would cost twice.
  const underWay = new Set(ahead?.wanted.map(({ id }) => id));
  return await run.deps.database.asConnectedInbox(run.input, async (tx) => {
    const judging = await refreshJudging(run.deps, tx, run.judging);
    run.judging = judging;
    const wanted = await sortOut(run, tx, judging, pages);
    return { judging, pages, wanted: wanted.filter(({ id }) => !underWay.has(id)) };
  });
}

/** Whether headers are read before bodies: strangers are likely, or have been met. */
export const isSuspect = (run: Pick<ImportRun, 'deps' | 'strangers'>, slice: OpenSlice): boolean =>
  shouldReadHeadersFirst(
    slice,
    run.strangers.get(chunkOf(slice)) ?? 0,
    run.deps.settings.BACKFILL_HEADERS_FIRST,
  );

/** Notes every id as seen, links late contacts to what is stored, and says what to fetch. */
async function sortOut(
  run: ImportRun,
  tx: InboxTx,
  judging: Judging,
  pages: ListedPage[],
): Promise<Wanted[]> {
  const sliceOf = new Map<string, OpenSlice>();
  for (const { slice, ids } of pages) for (const id of ids) sliceOf.set(id, slice);
  const ids = [...sliceOf.keys()];
  noteSeen(tx, run.input.n, ids);
  const known = await knownVerdicts(tx, ids);
  const isOpen = (id: string): boolean => {
    const verdict = known.get(id);
    return (
      verdict === undefined ||
      (!isStranger(verdict, judging) &&
        (verdict.decidedAt < run.plannedAt || verdict.contactVersion < run.plannedVersion))
    );
  };
  const stored = ids.filter((id) => known.get(id)?.kind === 'stored' && isOpen(id));
  await linkLateContacts(run, tx, judging, stored);
  return ids
    .filter((id) => isOpen(id) && known.get(id)?.kind !== 'stored')
    .map((id) => ({ id, slice: sliceOf.get(id) as OpenSlice }));
}

/** A message stored for one contact may be another's too: found without asking the provider (B4). */
async function linkLateContacts(
  run: ImportRun,
  tx: InboxTx,
  judging: Judging,
  ids: string[],
): Promise<void> {
  if (ids.length === 0) return;
  const links = (await readStoredEnvelopes(tx, ids)).map((stored) => ({
    providerMessageId: stored.providerMessageId,
    contactIds: judgeStored(judging, stored, run.deps.log),
  }));
  const { inbox, contactVersion } = judging;
  linkContacts(tx, { scope: inbox.scope, contactVersion }, links);
}

/**
 * Two fetches are under way, and one commit beside them, which takes all that has arrived since the
 * last one: alone as long as quota sets the pace, by several batches where nothing does.
 */
async function fetchAndCommit(run: ImportRun, bundle: Bundle): Promise<void> {
  const { judging, pages, wanted } = bundle;
  const mailbox = withBrought(run.mailbox, pages);
  const batches = chunksOf(wanted, run.mailbox.fetchBatchSize);
  const fetch = (index: number): Promise<Decided[]> =>
    handled(fetchBatch(run, mailbox, judging, batches[index] ?? []));
  let waiting: Decided[] = [];
  const commitWaiting = async (advance?: (tx: InboxTx) => Promise<void>): Promise<void> => {
    const decided = waiting;
    waiting = [];
    if (decided.length > 0 || advance) {
      await commit(run.deps, run.input, judging, decided, advance);
    }
  };
  let next = fetch(0);
  let committing: Promise<void> = Promise.resolve();
  try {
    for (let index = 0; index < batches.length; index += 1) {
      if (index > 0) committing = handled(committing.then(() => commitWaiting()));
      const current = next;
      next = fetch(index + 1);
      const decided = await current;
      waiting.push(...decided);
      // A failed commit ends the fetching, too.
      if (waiting.length >= BATCHES_WAITING * run.mailbox.fetchBatchSize) await committing;
    }
    await committing;
    await commitWaiting((tx) => advancePages(run.deps, tx, run.input.n, judging, pages));
  } finally {
    await Promise.allSettled([next, committing]);
  }
}

async function fetchBatch(
  run: ImportRun,
  mailbox: FetchingMailbox,
  judging: Judging,
  batch: Wanted[],
): Promise<Decided[]> {
  const decided: Decided[] = [];
  for (const headsFirst of [false, true]) {
    const ids = batch
      .filter(({ slice }) => isSuspect(run, slice) === headsFirst)
      .map(({ id }) => id);
    if (ids.length === 0) continue;
    const { signal } = run;
    decided.push(...(await fetchAndDecide(mailbox, judging, ids, { headsFirst, signal })));
  }
  noteStrangers(run, batch, decided);
  return decided;
}

function noteStrangers(run: ImportRun, batch: Wanted[], decided: Decided[]): void {
  const strangers = new Set(
    decided
      .filter(({ verdict }) => verdict.kind === 'skipped' && verdict.reason === 'not_contact')
      .map(({ providerMessageId }) => providerMessageId),
  );
  for (const { id, slice } of batch) {
    if (!strangers.has(id)) continue;
    run.strangers.set(chunkOf(slice), (run.strangers.get(chunkOf(slice)) ?? 0) + 1);
  }
}

const chunkOf = (slice: OpenSlice): string => slice.addressIds.join();
