import { Context } from '@temporalio/activity';
import { type BackfillProgress, progress } from '../db/backfill-seen-store.ts';
import { openSlices } from '../db/backfill-slice-store.ts';
import { getBackfill } from '../db/backfill-store.ts';
import type { BackfillKind } from '../domain/inbox.ts';
import { ProviderUnavailableError } from '../providers/errors.ts';
import type { MailProvider } from '../providers/mail-provider.ts';
import { openPageToken } from '../vault/inbox-seals.ts';
import type { ActivityDeps, BackfillRef } from './deps.ts';
import { fetchNoted } from './fetch-noted.ts';
import { withHeartbeat } from './heartbeat.ts';
import { BATCHES_PER_BUNDLE, type ImportRun, importBundle, isSuspect } from './import-bundle.ts';
import { type Judging, keyInUse, loadJudging } from './judging.ts';
import { Lister, type OpenSlice } from './listing.ts';
import { planBackfill } from './plan-backfill.ts';

export interface ImportTurn extends BackfillProgress {
  done: boolean;
  /** The provider failed after something was imported: the next turn waits a little. */
  endedEarly: boolean;
}

/**
 * One activity of this length is one history entry, whatever the number of messages: an hour of
 * quota-bound backfill costs a handful of events. Deploys and kills cost a repeated bundle, no more.
 */
const TURN_MS = 20 * 60_000;

/**
 * Plans a backfill on its first turn, then works through its slices, newest first. Everything known
 * is a row, so that any attempt goes on where the last one stopped.
 */
export async function importSlices(deps: ActivityDeps, input: BackfillRef): Promise<ImportTurn> {
  return await withHeartbeat(async (signal) => {
    const ended = new AbortController();
    const whileRunning = AbortSignal.any([signal, ended.signal]);
    const mailbox = await deps.mailboxes.open(input, 'backfill', whileRunning);
    await planBackfill(deps, input, mailbox);
    const run = await startRun(deps, input, mailbox, whileRunning);
    try {
      await fetchNoted(run);
      const end = await takeTurn(run);
      const reached = await deps.database.asConnectedInbox(input, (tx) => progress(tx, input.n));
      return { ...reached, ...end };
    } finally {
      ended.abort();
      await Promise.allSettled([run.next, run.lister.close()]);
    }
  });
}

/** Bundle by bundle until nothing is left or the turn is over. */
async function takeTurn(run: ImportRun): Promise<Pick<ImportTurn, 'done' | 'endedEarly'>> {
  const { deps } = run;
  const endsAt = deps.now() + TURN_MS;
  let done = false;
  let progressed = false;
  while (!done && deps.now() < endsAt) {
    try {
      done = await importBundle(run);
    } catch (error) {
      // A turn of its own begins with a fresh back-off. Otherwise each hiccup of a long turn
      // would wait twice as long as the one before, however much was imported in between.
      if (!progressed || !(error instanceof ProviderUnavailableError)) throw error;
      deps.log.warn({ err: error }, 'a turn ends early');
      return { done: false, endedEarly: true };
    }
    progressed = true;
    Context.current().heartbeat();
  }
  return { done, endedEarly: false };
}

async function startRun(
  deps: ActivityDeps,
  input: BackfillRef,
  mailbox: MailProvider,
  signal: AbortSignal,
): Promise<ImportRun> {
  const { backfill, judging } = await deps.database.asConnectedInbox(input, async (tx) => ({
    backfill: await getBackfill(tx, input.n),
    judging: await loadJudging(deps, tx),
  }));
  const run: ImportRun = {
    deps,
    input,
    mailbox,
    signal,
    judging,
    plannedAt: backfill.plannedAt ?? deps.now(),
    plannedVersion: backfill.plannedVersion,
    bundles: 0,
    next: null,
    strangers: new Map(),
    lister: new Lister({
      mailbox,
      slices: (after) => readSlices(deps, input, judging, after),
      scope: () => run.judging.scope,
      mayBringBodies: (slice) => !LITTLE_NEW.has(backfill.kind) && !isSuspect(run, slice),
      ahead: 2 * BATCHES_PER_BUNDLE * mailbox.fetchBatchSize,
    }),
  };
  return run;
}

/** They list mostly what is stored already: ids and heads tell which is not. */
const LITTLE_NEW: ReadonlySet<BackfillKind> = new Set(['recheck', 'gap', 'check']);

/** The open slices with their page tokens opened. */
async function readSlices(
  deps: ActivityDeps,
  input: BackfillRef,
  judging: Judging,
  after: number,
): Promise<OpenSlice[]> {
  return await deps.database.asConnectedInbox(input, async (tx, inbox) => {
    const key = await keyInUse(deps, tx, judging);
    return (await openSlices(tx, input.n, after)).map((slice) => {
      const ref = { n: input.n, ordinal: slice.ordinal };
      const { pageTokenCt } = slice;
      return { ...slice, pageToken: pageTokenCt && openPageToken(key, inbox, ref, pageTokenCt) };
    });
  });
}
