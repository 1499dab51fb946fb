import { writeAudit } from '../../../db/audit-store.ts';
import { cancelOutgoing as cancel, findOutgoing } from '../../../db/outgoing-store.ts';
import { ownInbox } from '../../inbox-access.ts';
import { notFound, Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { idParams, uuid } from '../../validate.ts';
import { outgoingSchema, outgoingView } from '../../views/outgoing-view.ts';

export const cancelOutgoing = defineRoute({
  method: 'delete',
  path: '/api/v1/inboxes/{id}/outgoing/{outgoingId}',
  name: 'cancelOutgoingMessage',
  tag: 'Sending',
  summary: 'Cancel a message that waits to be sent',
  description:
    'Once this has answered, the message is not sent. Asked again, it answers the same. 409 when its one attempt has begun, or it has ended in another way.',
  params: idParams.extend({ outgoingId: uuid }),
  responses: { 200: outgoingSchema },
  problems: ['not-found', 'not-waiting'],
}).handle((ctx) => async ({ params: { id, outgoingId }, caller }) => {
  const row = await ctx.database.asUser(caller, async (tx) => {
    await ownInbox(tx, id);
    if (await cancel(tx, id, outgoingId)) {
      await writeAudit(tx, { act: 'message.cancelled', inboxId: id, subject: outgoingId });
    }
    return findOutgoing(tx, id, { id: outgoingId });
  });
  if (!row) throw notFound('outgoing message');
  if (row.state !== 'cancelled') {
    throw new Problem('not-waiting', `It cannot be cancelled any more: it is ${row.state}.`);
  }
  return { status: 200, body: outgoingView(row) };
});
