import type { Database } from './database.ts';

export interface Budget {
  /** Whose: `gmail:<mailbox hash>` for a mailbox, `gmail` for the project. */
  key: string;
  /** Units a window; more than this at once is granted only when nothing else was spent. */
  limit: number;
  /** Units that this lane leaves to the ones before it. */
  reserve: number;
}

export interface QuotaRequest {
  units: number;
  windowMs: number;
  /** The narrower first, everywhere, so that two requests never wait for each other. */
  budgets: readonly Budget[];
}

/**
 * Takes units from every budget or from none; all workers share them.
 * @returns 0 when granted; else in how many ms to ask again
 */
export const reserveQuota = async (
  db: Database,
  { units, windowMs, budgets }: QuotaRequest,
): Promise<number> => {
  const [row] = await db.statement<{ wait: number }>(
    'select reserve_quota($1, $2, $3, $4) as wait',
    [
      budgets.map(({ key }) => key),
      units,
      budgets.map(({ limit, reserve }) => limit - reserve),
      windowMs,
    ],
  );
  return row?.wait ?? windowMs;
};
