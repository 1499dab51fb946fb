import { noteSeen } from '../db/backfill-seen-store.ts';
import { type ActiveSlice, advanceSlice, nextSlices } from '../db/backfill-slice-store.ts';
import type { InboxTx } from '../db/database.ts';
import { knownVerdicts, linkContacts, readStoredEnvelopes } from '../db/message-store.ts';
import { shouldReadHeadersFirst } from '../domain/search-plan.ts';
import type { MailProvider } from '../providers/mail-provider.ts';
import { commit } from './commit.ts';
import type { ActivityDeps, BackfillRef } from './deps.ts';
import { chunksOf, fetchAndDecide } from './fetching.ts';
import { type Decided, type Judging, judgeStored, refreshJudging } from './judging.ts';
import { type ListedPage, listPages } from './listing.ts';

export interface ImportRun {
  deps: ActivityDeps;
  input: BackfillRef;
  mailbox: MailProvider;
  signal: AbortSignal;
  judging: Judging;
  /** Epoch ms. Verdicts at least this new were given by this run, and stand. */
  plannedAt: number;
  /** Verdicts by an older version of the contact book are open, whenever they were given. */
  plannedVersion: number;
  /** Bundles done in this turn. */
  bundles: number;
  /** Strangers met, by chunk of addresses; see `shouldReadHeadersFirst`. */
  strangers: Map<string, number>;
}

/** Enough that the listing before and the half-empty batch at the end weigh little. */
const BATCHES_PER_BUNDLE = 10;

/** More slices than one bundle lists, so that one query finds them all. */
const SLICES_AHEAD = 50;

/**
 * One bundle: list pages until there is enough to fill whole batches, fetch and commit batch by
 * batch, and advance the slices together with the last one (I9). A crash anywhere repeats the
 * listing and skips what already has its verdict.
 * @returns true when no slice was left
 */
export async function importBundle(run: ImportRun): Promise<boolean> {
  const slices = await run.deps.database.asConnectedInbox(run.input, (tx) =>
    nextSlices(tx, run.input.n, SLICES_AHEAD),
  );
  if (slices.length === 0) return true;
  // The first bundle is one hit or more: the first mail is on the timeline at once.
  const enough = run.bundles === 0 ? 1 : BATCHES_PER_BUNDLE * run.mailbox.fetchBatchSize;
  run.bundles += 1;
  const pages = await listPages(run.mailbox, run.judging.inbox.scope, slices, enough);
  const wanted = await sortOut(run, pages);
  await fetchAndCommit(run, pages, wanted);
  return false;
}

interface Wanted {
  id: string;
  slice: ActiveSlice;
}

/** Notes every id as seen, links late contacts to what is stored, and says what to fetch. */
async function sortOut(run: ImportRun, pages: ListedPage[]): Promise<Wanted[]> {
  const sliceOf = new Map<string, ActiveSlice>();
  for (const { slice, ids } of pages) for (const id of ids) sliceOf.set(id, slice);
  const ids = [...sliceOf.keys()];
  return await run.deps.database.asConnectedInbox(run.input, async (tx) => {
    run.judging = await refreshJudging(run.deps, tx, run.judging);
    await noteSeen(tx, run.input.n, ids);
    const known = await knownVerdicts(tx, ids);
    const isOpen = (id: string): boolean => {
      const verdict = known.get(id);
      return (
        verdict === undefined ||
        verdict.decidedAt < run.plannedAt ||
        verdict.contactVersion < run.plannedVersion
      );
    };
    const stored = ids.filter((id) => known.get(id)?.kind === 'stored' && isOpen(id));
    await linkLateContacts(run, tx, stored);
    return ids
      .filter((id) => isOpen(id) && known.get(id)?.kind !== 'stored')
      .map((id) => ({ id, slice: sliceOf.get(id) as ActiveSlice }));
  });
}

/** A message stored for one contact may be another's too: found without asking the provider (B4). */
async function linkLateContacts(run: ImportRun, tx: InboxTx, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  const links = (await readStoredEnvelopes(tx, ids)).map((stored) => ({
    providerMessageId: stored.providerMessageId,
    contactIds: judgeStored(run.judging, stored, run.deps.log),
  }));
  const { contactVersion } = run.judging;
  await linkContacts(tx, { scope: run.judging.inbox.scope, contactVersion }, links);
}

/**
 * While one batch is decided and committed the next is on its way; never more than two are under way,
 * and two commits are never open at once.
 */
async function fetchAndCommit(
  run: ImportRun,
  pages: ListedPage[],
  wanted: Wanted[],
): Promise<void> {
  const advance = async (tx: InboxTx): Promise<void> => {
    for (const { slice, nextPageToken } of pages) {
      await advanceSlice(tx, run.input.n, slice.ordinal, nextPageToken);
    }
  };
  const batches = chunksOf(wanted, run.mailbox.fetchBatchSize);
  const fetch = (index: number): Promise<Decided[]> =>
    quietly(fetchBatch(run, batches[index] ?? []));
  let next = fetch(0);
  let committing: Promise<void> = Promise.resolve();
  try {
    for (let index = 0; index < batches.length; index += 1) {
      const current = next;
      next = fetch(index + 1);
      const decided = await current;
      await committing;
      const isLast = index === batches.length - 1;
      committing = quietly(
        commit(run.deps, run.input, run.judging, decided, isLast ? advance : undefined),
      );
    }
    await committing;
    if (batches.length === 0) await commit(run.deps, run.input, run.judging, [], advance);
  } finally {
    await Promise.allSettled([next, committing]);
  }
}

/** Awaited later; a rejection until then must not count as unhandled. */
function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

async function fetchBatch(run: ImportRun, batch: Wanted[]): Promise<Decided[]> {
  const mode = run.deps.settings.BACKFILL_HEADERS_FIRST;
  const isSuspect = ({ slice }: Wanted): boolean =>
    shouldReadHeadersFirst(slice, run.strangers.get(chunkOf(slice)) ?? 0, mode);
  const decided: Decided[] = [];
  for (const headsFirst of [false, true]) {
    const ids = batch.filter((one) => isSuspect(one) === headsFirst).map(({ id }) => id);
    if (ids.length === 0) continue;
    const { mailbox, judging, signal } = run;
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

const chunkOf = (slice: ActiveSlice): string => slice.addressIds.join();
