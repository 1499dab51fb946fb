import { z } from 'zod';
import { listAudit } from '../../db/audit-store.ts';
import { auditOf, requireAuditView } from '../audit-input.ts';
import { decodeCursor, nextCursor, pageOf, pageQuery, timePosition } from '../cursor.ts';
import { defineRoute } from '../route.ts';
import { auditEntrySchema, auditView } from '../views/audit-view.ts';

export const listAuditLog = defineRoute({
  method: 'get',
  path: '/api/v1/audit',
  name: 'listAuditLog',
  tag: 'Audit log',
  summary: 'Who read, shared, exported, deleted and changed what, newest first',
  description:
    'Entries cannot be changed. Reads of the same thing by the same user are noted once an hour.',
  query: pageQuery.extend({ of: auditOf }),
  responses: { 200: z.object({ entries: z.array(auditEntrySchema), nextCursor }) },
  problems: ['role-missing'],
}).handle((ctx) => async ({ query: { of, limit, cursor }, caller }) => {
  requireAuditView(of, caller);
  const start = cursor ? decodeCursor(timePosition, cursor) : null;
  const before = start ? { at: start[0], id: start[1] } : undefined;
  const rows = await ctx.database.asUser(caller, (tx) =>
    listAudit(tx, { of, limit: limit + 1, before }),
  );
  const { page, nextCursor } = pageOf(rows, limit, ({ at, id }) => [at, id]);
  return { status: 200, body: { entries: page.map(auditView), nextCursor } };
});
