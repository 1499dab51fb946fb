import { requireAdmin } from '../../auth.ts';
import { findTarget, ownEndpoint } from '../../endpoint-access.ts';
import { defineRoute } from '../../route.ts';
import { idParams } from '../../validate.ts';
import { endpointSchema, endpointView } from '../../views/endpoint-view.ts';

export const getEndpoint = defineRoute({
  method: 'get',
  path: '/api/v1/event-endpoints/{id}',
  name: 'getEventEndpoint',
  tag: 'Events',
  summary: 'An event endpoint',
  before: [requireAdmin],
  params: idParams,
  responses: { 200: endpointSchema },
  problems: ['administrators-only', 'not-found'],
}).handle((ctx) => async ({ params: { id }, caller }) => {
  const endpoint = await ctx.database.asUser(caller, (tx) => ownEndpoint(tx, id));
  return { status: 200, body: endpointView(endpoint, findTarget(ctx, endpoint), ctx.now()) };
});
