import { failBackfill as fail, finishBackfill as finish } from '../db/backfill-receipt-store.ts';
import { readSliceWeights } from '../db/backfill-slice-store.ts';
import { type BackfillRow, getBackfill, requestBackfill } from '../db/backfill-store.ts';
import { forgetSeen, missedBefore } from '../db/check-store.ts';
import type { InboxTx } from '../db/database.ts';
import { closedGap } from '../db/gap-store.ts';
import { runsUpTo } from '../db/replay-store.ts';
import { AWAITED, isAwaited } from '../domain/awaited.ts';
import { estimateAtPace } from '../domain/eta.ts';
import { SEARCH_LAG_MS } from '../domain/gap.ts';
import type { BackfillKind } from '../domain/inbox.ts';
import type { Receipt } from '../domain/verdict.ts';
import { backfillsEnded, etaError } from '../metrics/engine.ts';
import type { ActivityDeps, BackfillRef } from './deps.ts';

export interface FinishedBackfill {
  state: 'completed' | 'completed_with_failures';
  receipt: Receipt;
  /** The user waits for this one: mail it. */
  notify: boolean;
}

const ESTIMATED: readonly BackfillKind[] = [...AWAITED, 'contacts'];

/** Receipt, closed gap and the recheck for what search did not know yet: one transaction. */
export async function finishBackfill(
  deps: ActivityDeps,
  input: BackfillRef,
): Promise<FinishedBackfill> {
  const { kind, ...finished } = await deps.database.asConnectedInbox(input, async (tx) => {
    const before = await getBackfill(tx, input.n);
    const { kind } = before;
    // What search did not know yet at the first listing is still in the gap (I1).
    const closesGap = before.kind === 'recheck';
    const { state, receipt } = await finish(tx, input.n, { closesGap });
    if (before.finishedAt === null) await compareWithEstimate(deps, tx, before);
    if (before.kind === 'check') {
      await noteMissed(tx, before);
      return { kind, state, receipt, notify: false };
    }
    if (before.finishedAt === null && before.kind !== 'recheck') {
      const searchedAt = before.plannedAt ?? deps.now();
      await requestBackfill(tx, {
        kind: 'recheck',
        windowFrom: Math.max(before.windowFrom, searchedAt - SEARCH_LAG_MS),
        windowTo: deps.now(),
        seqAfter: before.seqAfter,
        seqUpto: before.seqUpto,
        gapId: before.gapId ?? undefined,
        dueAt: deps.now() + deps.settings.SEARCH_LAG_RECHECK_MS,
      });
    }
    return { kind, state, receipt, notify: isAwaited(await runsUpTo(tx, input.n)) };
  });
  backfillsEnded.inc({ kind, state: finished.state });
  return finished;
}

/** With what the user was told when nothing was listed yet; what waits for nobody is not told. */
async function compareWithEstimate(
  { pace, now }: ActivityDeps,
  tx: InboxTx,
  { n, kind, plannedAt }: BackfillRow,
): Promise<void> {
  if (!ESTIMATED.includes(kind) || plannedAt === null) return;
  const { provider } = tx.inbox;
  const { slices, listedWeight, headersFirst } = await readSliceWeights(tx, tx.inbox.id, n);
  const unlisted = { messagesToFetch: 0, messagesFound: 0, listedWeight: 0 };
  const work = { ...unlisted, listCalls: slices, unlistedWeight: listedWeight };
  const estimate = estimateAtPace(work, pace[provider], { headersFirst, now: plannedAt });
  if (estimate === null) return;
  const lateMs = now() - plannedAt - estimate.ms;
  const side = lateMs > 0 ? 'later' : 'sooner';
  etaError.observe({ provider, side }, Math.abs(lateMs) / 1_000);
}

/** What a check found was missing until then: a gap that the same listing has closed. */
async function noteMissed(tx: InboxTx, { n, plannedAt, finishedAt }: BackfillRow): Promise<void> {
  if (finishedAt !== null || plannedAt === null) return;
  const missed = await missedBefore(tx, n, plannedAt);
  if (missed) await closedGap(tx, { cause: 'missed', ...missed });
  await forgetSeen(tx, n);
}

/** Given up, with the receipt of what was reached; it is not started again by itself. */
export async function failBackfill(
  deps: ActivityDeps,
  input: BackfillRef & { failure: string },
): Promise<void> {
  const { kind } = await deps.database.asConnectedInbox(input, async (tx) => {
    await fail(tx, input.n, input.failure);
    return await getBackfill(tx, input.n);
  });
  backfillsEnded.inc({ kind, state: 'failed' });
}
