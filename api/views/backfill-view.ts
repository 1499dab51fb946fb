import { progressOf } from '../../db/backfill-seen-store.ts';
import { readSliceWeights } from '../../db/backfill-slice-store.ts';
import type { BackfillRow } from '../../db/backfill-store.ts';
import type { Tx } from '../../db/database.ts';
import { describeEstimate, type Estimate, estimateRemaining } from '../../domain/eta.ts';
import { reservesOf } from '../../domain/quota.ts';
import { describeReceipt } from '../../domain/receipt.ts';
import type { ApiContext } from '../context.ts';
import { iso, isoOrNull } from './time.ts';

/** A backfill as stored, with its receipt in words once it has one. */
export function backfillView(row: BackfillRow) {
  return {
    n: row.n,
    kind: row.kind,
    state: row.state,
    windowFrom: iso(row.windowFrom),
    windowTo: iso(row.windowTo),
    requestedAt: iso(row.requestedAt),
    dueAt: iso(row.dueAt),
    finishedAt: isoOrNull(row.finishedAt),
    receipt: row.receipt && { ...row.receipt, words: describeReceipt(row.receipt) },
  };
}

/** The same with how far it is and how long it may take. */
export async function runningBackfillView(
  { settings, now }: Pick<ApiContext, 'settings' | 'now'>,
  tx: Tx,
  inboxId: string,
  row: BackfillRow,
) {
  const progress = await progressOf(tx, inboxId, row.n);
  const weights = await readSliceWeights(tx, inboxId, row.n);
  const { seen, stored, skipped, gone, failed } = progress;
  const decided = stored + skipped + gone + failed;
  const { limit, windowMs } = settings.quota;
  const price = settings.prices.message * (weights.headersFirst ? 2 : 1);
  const estimate =
    row.plannedAt === null || limit === 0
      ? null
      : estimateRemaining(
          {
            listCalls: weights.openSlices,
            messagesToFetch: Math.max(0, seen - decided),
            messagesFound: seen,
            listedWeight: weights.listedWeight,
            unlistedWeight: weights.unlistedWeight,
          },
          { list: settings.prices.list, message: price },
          { slots: [], rule: { limit, windowMs, reserves: reservesOf(limit) }, lane: 'backfill' },
          now(),
        );
  return { ...backfillView(row), progress, eta: estimate && etaView(estimate) };
}

function etaView(estimate: Estimate) {
  const seconds = (ms: number): number => Math.ceil(ms / 1_000);
  return {
    seconds: seconds(estimate.ms),
    lowSeconds: seconds(estimate.lowMs),
    highSeconds: seconds(estimate.highMs),
    exact: estimate.exact,
    words: describeEstimate(estimate),
  };
}
