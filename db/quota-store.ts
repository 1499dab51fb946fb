import type { Database } from './database.ts';

export interface QuotaRequest {
  /** Whose budget, e.g. `gmail/inbox/<id>`. */
  key: string;
  units: number;
  /** Units a window; more than this at once is granted only when nothing else was spent. */
  limit: number;
  /** Units that this lane leaves to the ones before it. */
  reserve: number;
  windowMs: number;
}

/**
 * Takes units from a budget that all workers share.
 * @returns 0 when granted; else in how many ms to ask again
 */
export const reserveQuota = async (db: Database, request: QuotaRequest): Promise<number> => {
  const { key, units, limit, reserve, windowMs } = request;
  const [row] = await db.statement<{ wait: number }>(
    'select reserve_quota($1, $2, $3, $4, $5) as wait',
    [key, units, limit, reserve, windowMs],
  );
  return row?.wait ?? windowMs;
};
