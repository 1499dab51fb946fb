import { z } from 'zod';
import { writeAudit } from '../../../db/audit-store.ts';
import { VERDICT_KINDS } from '../../../db/entities/enums.ts';
import { listGaps } from '../../../db/gap-store.ts';
import { listOpsBackfills } from '../../../db/ops-backfill-store.ts';
import { countVerdicts, getOpsInbox } from '../../../db/ops-inbox-store.ts';
import { readTouches } from '../../../db/touch-store.ts';
import { notFound } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { idParams } from '../../validate.ts';
import { gapSchema, gapView } from '../../views/gap-view.ts';
import {
  opsBackfillSchema,
  opsBackfillView,
  opsInboxSchema,
  opsInboxView,
} from '../../views/ops-view.ts';
import { touchesSchema } from '../../views/touches-view.ts';

const LAST_BACKFILLS = 10;

export const showInbox = defineRoute({
  method: 'get',
  path: '/api/v1/ops/inboxes/{id}',
  name: 'opsShowInbox',
  tag: 'Operations',
  summary: 'State, gaps, last backfills and counts of an inbox',
  params: idParams,
  responses: {
    200: opsInboxSchema.extend({
      gaps: z.array(gapSchema),
      backfills: z.array(opsBackfillSchema).describe(`The latest ${LAST_BACKFILLS}.`),
      verdicts: z.array(
        z.object({
          kind: z.enum(VERDICT_KINDS),
          reason: z.string().nullable(),
          count: z.int().nonnegative(),
        }),
      ),
      touched: touchesSchema,
    }),
  },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, caller }) => {
  const view = await ctx.database.asOps(caller, async (tx) => {
    const inbox = await getOpsInbox(tx, id);
    if (!inbox) throw notFound('inbox');
    await writeAudit(tx, { act: 'ops.read', inboxId: id });
    const backfills = await listOpsBackfills(tx, { inboxId: id, limit: LAST_BACKFILLS });
    return {
      ...opsInboxView(inbox),
      gaps: (await listGaps(tx, id)).map((gap) =>
        gapView(gap, inbox.status !== 'connected', ctx.now()),
      ),
      backfills: backfills.map((row) => opsBackfillView(row, ctx.now())),
      verdicts: await countVerdicts(tx, id),
      touched: await readTouches(tx, id),
    };
  });
  return { status: 200, body: view };
});
