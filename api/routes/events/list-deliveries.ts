import { z } from 'zod';
import { listDeliveries as list } from '../../../db/delivery-store.ts';
import { DELIVERY_STATES } from '../../../db/entities/enums.ts';
import { requireAdmin } from '../../auth.ts';
import { decodeCursor, nextCursor, pageOf, pageQuery } from '../../cursor.ts';
import { ownEndpoint } from '../../endpoint-access.ts';
import { defineRoute } from '../../route.ts';
import { idParams } from '../../validate.ts';
import { deliverySchema, deliveryView } from '../../views/endpoint-view.ts';

const position = z.tuple([z.int().positive()]);

export const listDeliveries = defineRoute({
  method: 'get',
  path: '/api/v1/event-endpoints/{id}/deliveries',
  name: 'listEventDeliveries',
  tag: 'Events',
  summary: 'What was and is to be delivered to an endpoint, newest first',
  before: [requireAdmin],
  params: idParams,
  query: pageQuery.extend({ state: z.enum(DELIVERY_STATES).optional() }),
  responses: { 200: z.object({ deliveries: z.array(deliverySchema), nextCursor }) },
  problems: ['administrators-only', 'not-found'],
}).handle((ctx) => async ({ params: { id }, query: { limit, cursor, state }, caller }) => {
  const before = cursor ? decodeCursor(position, cursor)[0] : undefined;
  const rows = await ctx.database.asUser(caller, async (tx) => {
    await ownEndpoint(tx, id);
    return list(tx, id, { state, before, limit: limit + 1 });
  });
  const { page, nextCursor } = pageOf(rows, limit, ({ seq }) => [seq]);
  return { status: 200, body: { deliveries: page.map(deliveryView), nextCursor } };
});
