import { claimDueBackfills, nextDueAt } from '../db/backfill-store.ts';
import type { InboxTx } from '../db/database.ts';
import { readCursor } from '../db/sync-store.ts';
import { isChosen } from '../domain/scope.ts';
import type { ActivityDeps } from './deps.ts';

export interface NextWork {
  /** Numbers of the backfills to run now. */
  due: number[];
  nextCheckMs: number;
}

/** Where nothing is chosen nothing is due: backfills of an earlier scope wait for the choice (P6). */
export async function nextWork(deps: ActivityDeps, tx: InboxTx): Promise<NextWork> {
  if (!isChosen(tx.inbox.scope)) {
    return { due: [], nextCheckMs: deps.settings.POLL_INTERVAL_WITH_PUSH_MS };
  }
  const due = await claimDueBackfills(tx, deps.now());
  return { due: due.map(({ n }) => n), nextCheckMs: await nextCheckMs(deps, tx) };
}

/** Sooner of the next poll and the next backfill that falls due. */
async function nextCheckMs(deps: ActivityDeps, tx: InboxTx): Promise<number> {
  const { settings } = deps;
  const { watchExpiresAt, pushedAt } = await readCursor(tx);
  // A watch that was granted proves nothing: only a push that arrived and was authentic does.
  const pushIsHealthy = watchExpiresAt !== null && watchExpiresAt > deps.now() && pushedAt !== null;
  const pollMs = pushIsHealthy ? settings.POLL_INTERVAL_WITH_PUSH_MS : settings.POLL_INTERVAL_MS;
  const dueAt = await nextDueAt(tx);
  if (dueAt === null) return pollMs;
  // One that is due already runs: look again in a while whether it left a recheck behind.
  const dueInMs = dueAt > deps.now() ? dueAt - deps.now() : settings.POLL_INTERVAL_MS;
  return Math.min(pollMs, dueInMs);
}
