import { z } from 'zod';
import type { User } from '../../../db/database.ts';
import { getDelivery, replayDeliveries } from '../../../db/delivery-store.ts';
import { requireAdmin } from '../../auth.ts';
import type { ApiContext } from '../../context.ts';
import { ownEndpoint } from '../../endpoint-access.ts';
import { notFound, Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { idParams, uuid } from '../../validate.ts';

const replayed = z.object({ replayed: z.int().describe('How many wait to be delivered again.') });

const refused = ['administrators-only', 'not-found', 'endpoint-disabled'] as const;

export const replayFailed = defineRoute({
  method: 'post',
  path: '/api/v1/event-endpoints/{id}/deliveries/replay',
  name: 'replayFailedEventDeliveries',
  tag: 'Events',
  summary: 'Deliver every failed event again, in order',
  before: [requireAdmin],
  params: idParams,
  responses: { 202: replayed },
  problems: refused,
}).handle((ctx) => async ({ params: { id }, caller }) => ({
  status: 202,
  body: { replayed: await replay(ctx, caller, id) },
}));

export const replayDelivery = defineRoute({
  method: 'post',
  path: '/api/v1/event-endpoints/{id}/deliveries/{eventId}/replay',
  name: 'replayEventDelivery',
  tag: 'Events',
  summary: 'Deliver one event again, under its id',
  description:
    'One that was delivered is delivered once more. One that waits already, or whose history was deleted, stays as it is.',
  before: [requireAdmin],
  params: idParams.extend({ eventId: uuid }),
  responses: { 202: replayed },
  problems: refused,
}).handle((ctx) => async ({ params: { id, eventId }, caller }) => ({
  status: 202,
  body: { replayed: await replay(ctx, caller, id, eventId) },
}));

function replay(ctx: ApiContext, caller: User, id: string, eventId?: string): Promise<number> {
  return ctx.database.asUser(caller, async (tx) => {
    const endpoint = await ownEndpoint(tx, id);
    if (eventId !== undefined && !(await getDelivery(tx, id, eventId))) throw notFound('delivery');
    if (endpoint.state === 'disabled') {
      throw new Problem('endpoint-disabled', 'Nothing is delivered to it at the moment.');
    }
    return replayDeliveries(tx, id, eventId);
  });
}
