import { z } from 'zod';
import { INBOX_STATUSES } from '../../../db/entities/enums.ts';
import { countInboxes, listOpsInboxes } from '../../../db/ops-inbox-store.ts';
import { decodeCursor, nextCursor, pageOf, pageQuery } from '../../cursor.ts';
import { defineRoute } from '../../route.ts';
import { plainText, uuid } from '../../validate.ts';
import { opsInboxSchema, opsInboxView } from '../../views/ops-view.ts';

const query = pageQuery.extend({
  status: z.enum(INBOX_STATUSES).optional(),
  orgId: plainText(255).optional(),
});
const position = z.tuple([z.number(), uuid]);

export const opsInboxesSchema = z.object({
  inboxes: z.array(opsInboxSchema),
  nextCursor,
  counts: z
    .partialRecord(z.enum(INBOX_STATUSES), z.int().positive())
    .describe('How many there are in each state, whichever is asked for; none: left out.'),
});

export const listInboxes = defineRoute({
  method: 'get',
  path: '/api/v1/ops/inboxes',
  name: 'opsListInboxes',
  tag: 'Operations',
  summary: 'Inboxes of all orgs, newest first',
  query,
  responses: { 200: opsInboxesSchema },
}).handle((ctx) => async ({ query: { limit, cursor, ...filter }, caller }) => {
  const [createdAt, id] = cursor ? decodeCursor(position, cursor) : [];
  const before = createdAt !== undefined && id !== undefined ? { createdAt, id } : undefined;
  const [inboxes, states] = await ctx.database.asOps(caller, (tx) =>
    Promise.all([
      listOpsInboxes(tx, { ...filter, before, limit: limit + 1 }),
      countInboxes(tx, filter),
    ]),
  );
  const counts = Object.fromEntries(states.map(({ status, count }) => [status, count]));
  const { page, nextCursor } = pageOf(inboxes, limit, ({ createdAt, id }) => [createdAt, id]);
  return { status: 200, body: { inboxes: page.map(opsInboxView), nextCursor, counts } };
});
