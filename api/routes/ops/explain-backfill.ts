import type { RequestHandler } from 'express';
import { progressOf } from '../../../db/backfill-seen-store.ts';
import { countFailures, getOpsBackfill } from '../../../db/ops-backfill-store.ts';
import type { ApiContext } from '../../context.ts';
import { notFound } from '../../problem.ts';
import { backfillIdParams, parse } from '../../validate.ts';
import { explainedView } from '../../views/ops-view.ts';

/** `GET /api/v1/ops/backfills/:id`: how it ended, why, and what has become of what it saw since. */
export function explainBackfill(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { inboxId, n } = parse(backfillIdParams, req.params).id;
    const view = await ctx.database.asOps(async (tx) => {
      const backfill = await getOpsBackfill(tx, inboxId, n);
      if (!backfill) throw notFound('backfill');
      const progress = await progressOf(tx, inboxId, n);
      return explainedView(backfill, progress, await countFailures(tx, inboxId, n));
    });
    res.json(view);
  };
}
