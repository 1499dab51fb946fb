import { until } from '../demo/until.ts';
import type { Rig } from './rig.ts';

export interface FinishedBackfill {
  n: number;
  plannedAt: Date;
  finishedAt: Date;
  receipt: { seen: number; stored: number; missing: number };
}

/**
 * Waits for the backfill that a connect starts.
 * @throws Error unless exactly `expected` messages were stored and none is missing: a bench of a
 *   backfill that loses mail would measure nothing
 */
export async function initialBackfill(
  { db }: Rig,
  inboxId: string,
  { expected, timeoutMs, everyMs = 100 }: { expected: number; timeoutMs: number; everyMs?: number },
): Promise<FinishedBackfill> {
  const backfill = await until(
    'the backfill',
    async () => {
      const { rows } = await db.query<FinishedBackfill & { state: string }>(
        `select n, state, planned_at as "plannedAt", finished_at as "finishedAt", receipt
         from backfills where inbox_id = $1 and kind = 'initial' and finished_at is not null`,
        [inboxId],
      );
      return rows[0];
    },
    { timeoutMs, everyMs },
  );
  const { state, receipt } = backfill;
  if (state !== 'completed' || receipt.stored !== expected || receipt.missing !== 0) {
    throw new Error(`${expected} messages expected, ended ${state}: ${JSON.stringify(receipt)}`);
  }
  return backfill;
}
