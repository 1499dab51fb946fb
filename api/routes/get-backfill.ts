import type { RequestHandler } from 'express';
import { z } from 'zod';
import { findBackfill } from '../../db/backfill-store.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { ownInbox } from '../inbox-access.ts';
import { notFound } from '../problem.ts';
import { parse, uuid } from '../validate.ts';
import { runningBackfillView } from '../views/backfill-view.ts';

const params = z.object({
  id: uuid,
  n: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'expected the number of a backfill')
    .transform(Number),
});

/** `GET /api/v1/inboxes/:id/backfills/:n`: progress, or the receipt once it is done. */
export function getBackfill(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id, n } = parse(params, req.params);
    const view = await ctx.database.asUser(callerOf(req), async (tx) => {
      await ownInbox(tx, id);
      const backfill = await findBackfill(tx, id, n);
      if (!backfill) throw notFound('backfill');
      return runningBackfillView(ctx, tx, id, backfill);
    });
    res.json(view.receipt ? { ...view, eta: null } : view);
  };
}
