import { z } from 'zod';
import { INBOX_STATUSES } from '../../../db/entities/enums.ts';
import { listOpsInboxes } from '../../../db/ops-inbox-store.ts';
import { decodeCursor, nextCursor, pageOf, pageQuery } from '../../cursor.ts';
import { defineRoute } from '../../route.ts';
import { plainText, uuid } from '../../validate.ts';
import { opsInboxSchema, opsInboxView } from '../../views/ops-view.ts';

const query = pageQuery.extend({
  status: z.enum(INBOX_STATUSES).optional(),
  orgId: plainText(255).optional(),
});
const position = z.tuple([z.number(), uuid]);

export const listInboxes = defineRoute({
  method: 'get',
  path: '/api/v1/ops/inboxes',
  name: 'opsListInboxes',
  tag: 'Operations',
  summary: 'Inboxes of all orgs, newest first',
  query,
  responses: { 200: z.object({ inboxes: z.array(opsInboxSchema), nextCursor }) },
}).handle((ctx) => async ({ query: { limit, cursor, ...filter }, caller }) => {
  const [createdAt, id] = cursor ? decodeCursor(position, cursor) : [];
  const before = createdAt !== undefined && id !== undefined ? { createdAt, id } : undefined;
  const inboxes = await ctx.database.asOps(caller, (tx) =>
    listOpsInboxes(tx, { ...filter, before, limit: limit + 1 }),
  );
  const { page, nextCursor } = pageOf(inboxes, limit, ({ createdAt, id }) => [createdAt, id]);
  return { status: 200, body: { inboxes: page.map(opsInboxView), nextCursor } };
});
