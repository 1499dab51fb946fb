import { z } from 'zod';
import { writeAudit } from '../../../db/audit-store.ts';
import { turnSendingOff as turnOff } from '../../../db/outgoing-store.ts';
import { COMPANY } from '../../connect/connector.ts';
import { REVOKE_AT, REVOKE_WORDS } from '../../connect/revoke.ts';
import { ownInbox } from '../../inbox-access.ts';
import { defineRoute } from '../../route.ts';
import { idParams } from '../../validate.ts';

export const turnSendingOff = defineRoute({
  method: 'delete',
  path: '/api/v1/inboxes/{id}/sending',
  name: 'turnSendingOff',
  tag: 'Sending',
  summary: 'Stop sending from an inbox',
  description:
    'Once this has answered, no call that sends starts, and what waited is cancelled. Asked again, it answers the same.',
  params: idParams,
  responses: {
    200: z.object({ sending: z.literal(false), message: z.string(), revokeAt: z.url() }),
  },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, caller }) => {
  const { provider } = await ctx.database.asUser(caller, async (tx) => {
    const inbox = await ownInbox(tx, id);
    if (await turnOff(tx, id)) await writeAudit(tx, { act: 'sending.turned_off', inboxId: id });
    return inbox;
  });
  const name = COMPANY[provider];
  return {
    status: 200,
    body: {
      sending: false as const,
      message:
        `Nothing is sent from this inbox any more, and what waited was cancelled. ${name} still lists ` +
        'the permission to send, as it cannot take back one permission alone: to drop it, remove ' +
        `Sambandh ${REVOKE_WORDS[provider]}. Sync stops then, the inbox says so and has a button to ` +
        'reconnect it, which asks for reading only.',
      revokeAt: REVOKE_AT[provider],
    },
  };
});
