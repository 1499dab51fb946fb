import { Context } from '@temporalio/activity';
import { type BackfillProgress, progress } from '../db/backfill-seen-store.ts';
import { getBackfill } from '../db/backfill-store.ts';
import { ProviderUnavailableError } from '../providers/errors.ts';
import type { ActivityDeps, BackfillRef } from './deps.ts';
import { withHeartbeat } from './heartbeat.ts';
import { type ImportRun, importBundle } from './import-bundle.ts';
import { loadJudging } from './judging.ts';
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
    await planBackfill(deps, input);
    const ended = new AbortController();
    const run = await startRun(deps, input, AbortSignal.any([signal, ended.signal]));
    try {
      const end = await takeTurn(run);
      const reached = await deps.database.asConnectedInbox(input, (tx) => progress(tx, input.n));
      return { ...reached, ...end };
    } finally {
      ended.abort();
      await Promise.allSettled([run.next]);
    }
  });
}

/** Bundle by bundle until nothing is left or the turn is over. */
async function takeTurn(run: ImportRun): Promise<Pick<ImportTurn, 'done' | 'endedEarly'>> {
  const { deps, input } = run;
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
      deps.log.warn({ inboxId: input.inboxId, n: input.n, err: error }, 'a turn ends early');
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
  signal: AbortSignal,
): Promise<ImportRun> {
  const mailbox = await deps.mailboxes.open(input, 'backfill', signal);
  return await deps.database.asConnectedInbox(input, async (tx) => {
    const { plannedAt, plannedVersion } = await getBackfill(tx, input.n);
    return {
      deps,
      input,
      mailbox,
      signal,
      judging: await loadJudging(deps, tx),
      plannedAt: plannedAt ?? deps.now(),
      plannedVersion,
      bundles: 0,
      next: null,
      strangers: new Map(),
    };
  });
}
