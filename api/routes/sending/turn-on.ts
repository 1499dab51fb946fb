import { z } from 'zod';
import { beginAuthorization, begunSchema } from '../../connect/begin.ts';
import { ownInbox, ownInboxAndAddress, requireConnected } from '../../inbox-access.ts';
import { defineRoute } from '../../route.ts';
import { idParams, plainText } from '../../validate.ts';

const body = z.strictObject({ returnTo: plainText(2_000).optional() }).default({});

export const turnSendingOn = defineRoute({
  method: 'post',
  path: '/api/v1/inboxes/{id}/sending',
  name: 'turnSendingOn',
  tag: 'Sending',
  summary: 'Begin the consent that lets this inbox send',
  description:
    'Sending is off until its user has given the permission to send in a consent of its own (P2, B5). The browser comes back with the outcome sending_on, sending_refused or sending_needs_admin; until then nothing changes.',
  params: idParams,
  body,
  responses: { 201: begunSchema },
  problems: [
    'not-found',
    'inbox-deleting',
    'inbox-not-connected',
    'gmail-not-configured',
    'outlook-not-configured',
    'return-to-refused',
  ],
}).handle((ctx) => async ({ params: { id }, body: { returnTo }, caller, req, res }) => {
  const { inbox, address } = await ctx.database.asUser(caller, (tx) =>
    ownInboxAndAddress(tx, ctx.keyRing, id),
  );
  requireConnected(inbox);
  const begun = await beginAuthorization(ctx, req, res, {
    ...{ provider: inbox.provider, scope: inbox.scope, inboxId: inbox.id, loginHint: address },
    ...{ send: true, returnTo },
    still: async (tx) => requireConnected(await ownInbox(tx, id)),
  });
  return { status: 201, body: begun };
});
