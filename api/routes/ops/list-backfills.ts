import { z } from 'zod';
import { BACKFILL_KINDS, BACKFILL_STATES } from '../../../db/entities/enums.ts';
import { listOpsBackfills } from '../../../db/ops-backfill-store.ts';
import { decodeCursor, nextCursor, pageOf, pageQuery } from '../../cursor.ts';
import { defineRoute } from '../../route.ts';
import { plainText, uuid } from '../../validate.ts';
import { opsBackfillSchema, opsBackfillView } from '../../views/ops-view.ts';

/** What chooses backfills, here and for a replay of many. */
export const backfillFilter = {
  state: z.enum(BACKFILL_STATES).optional(),
  kind: z.enum(BACKFILL_KINDS).optional(),
  inboxId: uuid.optional(),
  orgId: plainText(255).optional(),
};

const query = pageQuery.extend({
  ...backfillFilter,
  failed: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .describe('Ended without everything, and not replayed yet.'),
});
const position = z.tuple([z.number(), uuid, z.int32().positive()]);

export const listBackfills = defineRoute({
  method: 'get',
  path: '/api/v1/ops/backfills',
  name: 'opsListBackfills',
  tag: 'Operations',
  summary: 'Backfills of all orgs, newest first',
  query,
  responses: { 200: z.object({ backfills: z.array(opsBackfillSchema), nextCursor }) },
}).handle((ctx) => async ({ query: { failed, limit, cursor, ...filter }, caller }) => {
  const before = cursor ? positionOf(cursor) : undefined;
  const backfills = await ctx.database.asOps(caller, (tx) =>
    listOpsBackfills(tx, { ...filter, toReplay: failed, before, limit: limit + 1 }),
  );
  const { page, nextCursor } = pageOf(backfills, limit, ({ requestedAt, inboxId, n }) => [
    ...[requestedAt, inboxId, n],
  ]);
  return {
    status: 200,
    body: { backfills: page.map((row) => opsBackfillView(row, ctx.now())), nextCursor },
  };
});

function positionOf(cursor: string) {
  const [requestedAt, inboxId, n] = decodeCursor(position, cursor);
  return { requestedAt, inboxId, n };
}
