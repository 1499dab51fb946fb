import { findOutgoing } from '../../../db/outgoing-store.ts';
import { ownInbox } from '../../inbox-access.ts';
import { notFound } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { idParams, uuid } from '../../validate.ts';
import { outgoingSchema, outgoingView } from '../../views/outgoing-view.ts';

export const getOutgoing = defineRoute({
  method: 'get',
  path: '/api/v1/inboxes/{id}/outgoing/{outgoingId}',
  name: 'getOutgoingMessage',
  tag: 'Sending',
  summary: 'What became of a message that was to be sent',
  params: idParams.extend({ outgoingId: uuid }),
  responses: { 200: outgoingSchema },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id, outgoingId }, caller }) => {
  const row = await ctx.database.asUser(caller, async (tx) => {
    await ownInbox(tx, id);
    return findOutgoing(tx, id, { id: outgoingId });
  });
  if (!row) throw notFound('outgoing message');
  return { status: 200, body: outgoingView(row) };
});
