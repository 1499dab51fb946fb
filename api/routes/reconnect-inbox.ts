import { z } from 'zod';
import type { InboxRow } from '../../db/inbox-row.ts';
import { beginAuthorization, begunSchema } from '../connect/begin.ts';
import { ownInbox, ownInboxAndAddress } from '../inbox-access.ts';
import { Problem } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { idParams, plainText } from '../validate.ts';

const body = z.strictObject({ returnTo: plainText(2_000).optional() }).default({});

export const reconnectInbox = defineRoute({
  method: 'post',
  path: '/api/v1/inboxes/{id}/reconnect',
  name: 'reconnectInbox',
  tag: 'Inboxes',
  summary: 'Begin the same consent again, for this mailbox and no other',
  description: 'The scope stays as it is, also after the history was deleted.',
  params: idParams,
  body,
  responses: { 201: begunSchema },
  problems: [
    'not-found',
    'inbox-deleting',
    'outlook-not-configured',
    'gmail-not-configured',
    'return-to-refused',
  ],
}).handle((ctx) => async ({ params: { id }, body: { returnTo }, caller, req, res }) => {
  const { inbox, address } = await ctx.database.asUser(caller, (tx) =>
    ownInboxAndAddress(tx, ctx.keyRing, id),
  );
  requireNotDeleting(inbox);
  const begun = await beginAuthorization(ctx, req, res, {
    provider: inbox.provider,
    scope: inbox.scope,
    inboxId: inbox.id,
    loginHint: address,
    // Or a reconnect would turn sending off.
    send: inbox.sending,
    returnTo,
    still: async (tx) => requireNotDeleting(await ownInbox(tx, id)),
  });
  return { status: 201, body: begun };
});

function requireNotDeleting({ status }: InboxRow): void {
  if (status !== 'deleting') return;
  throw new Problem('inbox-deleting', 'This inbox cannot be connected at the moment.');
}
