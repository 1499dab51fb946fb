import type { RequestHandler } from 'express';
import { listBackfills as list } from '../../db/backfill-store.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { ownInbox } from '../inbox-access.ts';
import { idParams, parse } from '../validate.ts';
import { backfillView } from '../views/backfill-view.ts';

/** `GET /api/v1/inboxes/:id/backfills`: newest first, at most 200. */
export function listBackfills(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id } = parse(idParams, req.params);
    const backfills = await ctx.database.asUser(callerOf(req), async (tx) => {
      await ownInbox(tx, id);
      return list(tx, id);
    });
    res.json({ backfills: backfills.map(backfillView) });
  };
}
