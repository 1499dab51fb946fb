import { z } from 'zod';
import { listEndpoints as list } from '../../../db/endpoint-store.ts';
import { requireAdmin } from '../../auth.ts';
import { findTarget } from '../../endpoint-access.ts';
import { defineRoute } from '../../route.ts';
import { endpointSchema, endpointView } from '../../views/endpoint-view.ts';

export const listEndpoints = defineRoute({
  method: 'get',
  path: '/api/v1/event-endpoints',
  name: 'listEventEndpoints',
  tag: 'Events',
  summary: 'The org’s event endpoints, oldest first',
  before: [requireAdmin],
  responses: { 200: z.object({ endpoints: z.array(endpointSchema) }) },
  problems: ['administrators-only'],
}).handle((ctx) => async ({ caller }) => {
  const endpoints = await ctx.database.asUser(caller, list);
  const view = (one: (typeof endpoints)[number]) =>
    endpointView(one, findTarget(ctx, one), ctx.now());
  return { status: 200, body: { endpoints: endpoints.map(view) } };
});
