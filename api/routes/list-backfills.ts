import { z } from 'zod';
import { listBackfills as list } from '../../db/backfill-store.ts';
import { decodeCursor, nextCursor, pageOf, pageQuery } from '../cursor.ts';
import { ownInbox } from '../inbox-access.ts';
import { defineRoute } from '../route.ts';
import { idParams } from '../validate.ts';
import { backfillSchema, backfillView } from '../views/backfill-view.ts';

const position = z.tuple([z.int32().positive()]);

export const listBackfills = defineRoute({
  method: 'get',
  path: '/api/v1/inboxes/{id}/backfills',
  name: 'listBackfills',
  tag: 'Inboxes',
  summary: 'The backfills of an inbox, newest first',
  params: idParams,
  query: pageQuery,
  responses: { 200: z.object({ backfills: z.array(backfillSchema), nextCursor }) },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, query: { limit, cursor }, caller }) => {
  const before = cursor ? decodeCursor(position, cursor)[0] : undefined;
  const backfills = await ctx.database.asUser(caller, async (tx) => {
    await ownInbox(tx, id);
    return list(tx, id, { before, limit: limit + 1 });
  });
  const { page, nextCursor } = pageOf(backfills, limit, ({ n }) => [n]);
  return {
    status: 200,
    body: { backfills: page.map((row) => backfillView(row, ctx.now())), nextCursor },
  };
});
