import { z } from 'zod';
import { findBackfill } from '../../db/backfill-store.ts';
import { ownInbox } from '../inbox-access.ts';
import { notFound } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { uuid } from '../validate.ts';
import { runningBackfillSchema, runningBackfillView } from '../views/backfill-view.ts';

export const backfillParams = z.object({
  id: uuid,
  n: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'expected the number of a backfill')
    .transform(Number),
});

export const getBackfill = defineRoute({
  method: 'get',
  path: '/api/v1/inboxes/{id}/backfills/{n}',
  name: 'getBackfill',
  tag: 'Inboxes',
  summary: 'The progress of a backfill, or its receipt once it is done',
  params: backfillParams,
  responses: { 200: runningBackfillSchema },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id, n }, caller }) => {
  const view = await ctx.database.asUser(caller, async (tx) => {
    const inbox = await ownInbox(tx, id);
    const backfill = await findBackfill(tx, id, n);
    if (!backfill) throw notFound('backfill');
    return runningBackfillView(ctx, tx, inbox, backfill);
  });
  return { status: 200, body: view.receipt ? { ...view, eta: null } : view };
});
