import { Context } from '@temporalio/activity';
import { type BackfillProgress, progress } from '../db/backfill-seen-store.ts';
import { getBackfill } from '../db/backfill-store.ts';
import type { ActivityDeps, BackfillRef } from './deps.ts';
import { withHeartbeat } from './heartbeat.ts';
import { type ImportRun, importBundle } from './import-bundle.ts';
import { loadJudging } from './judging.ts';
import { planBackfill } from './plan-backfill.ts';

export interface ImportTurn extends BackfillProgress {
  done: boolean;
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
    const run = await startRun(deps, input, signal);
    const endsAt = deps.now() + TURN_MS;
    let done = false;
    while (!done && deps.now() < endsAt) {
      done = await importBundle(run);
      Context.current().heartbeat();
    }
    const reached = await deps.database.asConnectedInbox(input, (tx) => progress(tx, input.n));
    return { ...reached, done };
  });
}

async function startRun(
  deps: ActivityDeps,
  input: BackfillRef,
  signal: AbortSignal,
): Promise<ImportRun> {
  const mailbox = await deps.mailboxes.open(input, 'backfill', signal);
  return await deps.database.asConnectedInbox(input, async (tx) => ({
    deps,
    input,
    mailbox,
    signal,
    judging: await loadJudging(deps, tx),
    plannedAt: (await getBackfill(tx, input.n)).plannedAt ?? deps.now(),
    bundles: 0,
    strangers: new Map(),
  }));
}
