import { progressOf } from '../../../db/backfill-seen-store.ts';
import { countFailures, getOpsBackfill } from '../../../db/ops-backfill-store.ts';
import { notFound } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { backfillIdParams } from '../../validate.ts';
import { explainedBackfillSchema, explainedView } from '../../views/ops-view.ts';

export const explainBackfill = defineRoute({
  method: 'get',
  path: '/api/v1/ops/backfills/{id}',
  name: 'opsExplainBackfill',
  tag: 'Operations',
  summary: 'How a backfill ended, why, and what has become of what it saw since',
  params: backfillIdParams,
  responses: { 200: explainedBackfillSchema },
  problems: ['not-found'],
}).handle((ctx) => async ({ params }) => {
  const { inboxId, n } = params.id;
  const view = await ctx.database.asOps(async (tx) => {
    const backfill = await getOpsBackfill(tx, inboxId, n);
    if (!backfill) throw notFound('backfill');
    const progress = await progressOf(tx, inboxId, n);
    return explainedView(backfill, progress, await countFailures(tx, inboxId, n));
  });
  return { status: 200, body: view };
});
