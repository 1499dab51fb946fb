import type { RequestHandler } from 'express';
import { listGaps } from '../../../db/gap-store.ts';
import { listOpsBackfills } from '../../../db/ops-backfill-store.ts';
import { countVerdicts, getOpsInbox } from '../../../db/ops-inbox-store.ts';
import { readTouches } from '../../../db/touch-store.ts';
import type { ApiContext } from '../../context.ts';
import { notFound } from '../../problem.ts';
import { idParams, parse } from '../../validate.ts';
import { gapView } from '../../views/gap-view.ts';
import { opsBackfillView, opsInboxView } from '../../views/ops-view.ts';

const LAST_BACKFILLS = 10;

/** `GET /api/v1/ops/inboxes/:id`: state, gaps, last backfills, counts. */
export function showInbox(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id } = parse(idParams, req.params);
    const view = await ctx.database.asOps(async (tx) => {
      const inbox = await getOpsInbox(tx, id);
      if (!inbox) throw notFound('inbox');
      const backfills = await listOpsBackfills(tx, { inboxId: id, limit: LAST_BACKFILLS });
      return {
        ...opsInboxView(inbox),
        gaps: (await listGaps(tx, id)).map((gap) => gapView(gap, ctx.now())),
        backfills: backfills.map(opsBackfillView),
        verdicts: await countVerdicts(tx, id),
        touched: await readTouches(tx, id),
      };
    });
    res.json(view);
  };
}
