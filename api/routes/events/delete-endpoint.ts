import { writeAudit } from '../../../db/audit-store.ts';
import { deleteEndpoint as remove } from '../../../db/endpoint-store.ts';
import { requireAdmin } from '../../auth.ts';
import { ownEndpoint } from '../../endpoint-access.ts';
import { defineRoute, noBody } from '../../route.ts';
import { idParams } from '../../validate.ts';

export const deleteEndpoint = defineRoute({
  method: 'delete',
  path: '/api/v1/event-endpoints/{id}',
  name: 'deleteEventEndpoint',
  tag: 'Events',
  summary: 'Delete an event endpoint and what waits for it',
  before: [requireAdmin],
  params: idParams,
  responses: { 204: noBody('It is gone.') },
  problems: ['administrators-only', 'not-found'],
}).handle((ctx) => async ({ params: { id }, caller }) => {
  await ctx.database.asUser(caller, async (tx) => {
    await ownEndpoint(tx, id);
    await remove(tx, id);
    await writeAudit(tx, { act: 'webhook.deleted', subject: id });
  });
  return { status: 204 };
});
