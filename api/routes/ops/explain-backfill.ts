import { writeAudit } from '../../../db/audit-store.ts';
import { countSeenSince, getOpsBackfill } from '../../../db/ops-backfill-store.ts';
import { latestReplay } from '../../../db/replay-store.ts';
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
}).handle((ctx) => async ({ params, caller }) => {
  const { inboxId, n } = params.id;
  const view = await ctx.database.asOps(caller, async (tx) => {
    await writeAudit(tx, { act: 'ops.read', inboxId, subject: String(n) });
    const backfill = await getOpsBackfill(tx, inboxId, n);
    const latest = await latestReplay(tx, inboxId, n);
    if (!backfill || !latest) throw notFound('backfill');
    const replay = latest.n === n ? null : { id: `${inboxId}.${latest.n}`, state: latest.state };
    return explainedView(backfill, await countSeenSince(tx, inboxId, n), replay, ctx.now());
  });
  return { status: 200, body: view };
});
