import { failBackfill as fail, finishBackfill as finish } from '../db/backfill-receipt-store.ts';
import { getBackfill, requestBackfill } from '../db/backfill-store.ts';
import { SEARCH_LAG_MS } from '../domain/gap.ts';
import type { BackfillKind } from '../domain/inbox.ts';
import type { Receipt } from '../domain/verdict.ts';
import type { ActivityDeps, BackfillRef } from './deps.ts';

export interface FinishedBackfill {
  state: 'completed' | 'completed_with_failures';
  receipt: Receipt;
  /** The user waits for this one: mail it. */
  notify: boolean;
}

const NOTIFIED: readonly BackfillKind[] = ['initial', 'scope'];

/** Receipt, closed gap and the recheck for what search did not know yet: one transaction. */
export async function finishBackfill(
  deps: ActivityDeps,
  input: BackfillRef,
): Promise<FinishedBackfill> {
  return await deps.database.asConnectedInbox(input, async (tx) => {
    const before = await getBackfill(tx, input.n);
    // What search did not know yet at the first listing is still in the gap (I1).
    const closesGap = before.kind === 'recheck';
    const { state, receipt } = await finish(tx, input.n, { closesGap });
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
    return { state, receipt, notify: NOTIFIED.includes(before.kind) };
  });
}

/** Given up, with the receipt of what was reached; it is not started again by itself. */
export async function failBackfill(
  deps: ActivityDeps,
  input: BackfillRef & { failure: string },
): Promise<void> {
  await deps.database.asConnectedInbox(input, (tx) => fail(tx, input.n, input.failure));
}
