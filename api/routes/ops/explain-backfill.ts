import { writeAudit } from '../../../db/audit-store.ts';
import { progressOf } from '../../../db/backfill-seen-store.ts';
import type { Tx } from '../../../db/database.ts';
import { countFailures, getOpsBackfill } from '../../../db/ops-backfill-store.ts';
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
    const explained = await explain(tx, inboxId, n);
    const latest = await latestReplay(tx, inboxId, n);
    if (!explained || !latest) throw notFound('backfill');
    if (latest.n === n) return explained;
    // What it left open is its latest replay's: that one's end is its own.
    const { whole } = (await explain(tx, inboxId, latest.n)) ?? explained;
    return { ...explained, whole, latestReplay: `${inboxId}.${latest.n}` };
  });
  return { status: 200, body: view };
});

async function explain(tx: Tx, inboxId: string, n: number) {
  const backfill = await getOpsBackfill(tx, inboxId, n);
  if (!backfill) return null;
  const progress = await progressOf(tx, inboxId, n);
  return explainedView(backfill, progress, await countFailures(tx, inboxId, n));
}
