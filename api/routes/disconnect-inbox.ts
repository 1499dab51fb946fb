import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { disconnectInbox as disconnect } from '../../db/inbox-store.ts';
import { REVOKE_AT, REVOKE_WORDS, revocationSchema, revokeGrant } from '../connect/revoke.ts';
import { ownInbox } from '../inbox-access.ts';
import { defineRoute } from '../route.ts';
import { idParams } from '../validate.ts';
import { inboxStatusSchema } from '../views/inbox-view.ts';

const bodySchema = z
  .strictObject({ revoke: z.boolean().default(false).describe('End the grant at the provider.') })
  .default({ revoke: false });

export const disconnectedSchema = z.object({
  id: z.uuid(),
  status: inboxStatusSchema,
  epoch: z.int(),
  message: z.string(),
  revocation: revocationSchema.nullable().describe('Null when it was not asked for.'),
  revokeAt: z
    .url()
    .describe(
      'Where the provider lists the apps that have access; at Microsoft those of work accounts. The message names the address for personal ones.',
    ),
});

export const disconnectInbox = defineRoute({
  method: 'post',
  path: '/api/v1/inboxes/{id}/disconnect',
  name: 'disconnectInbox',
  tag: 'Inboxes',
  summary: 'Stop syncing an inbox',
  description:
    'Once this has answered, no call to the provider starts and no row is written for the inbox (P9, B7). Asked again, it answers the same. With revoke, the grant is ended at the provider before the answer, where the provider lets us: one call, of 3 s at most, whose failure does not undo the disconnect. At Google that ends the grant of this product to the mailbox as a whole, whoever else connected it.',
  params: idParams,
  body: bodySchema,
  responses: {
    200: disconnectedSchema,
  },
  problems: ['not-found', 'inbox-deleting'],
}).handle((ctx) => async ({ params: { id }, body: { revoke }, caller }) => {
  const { was, inbox, command } = await ctx.database.asUser(caller, async (tx) => {
    const { was, epoch, commandId } = await disconnect(tx, id);
    const [after] = await Promise.all([
      ownInbox(tx, id),
      commandId !== null && writeAudit(tx, { act: 'inbox.disconnected', inboxId: id }),
    ]);
    return {
      was,
      inbox: after,
      command: commandId && ({ id: commandId, inboxId: id, kind: 'close', epoch } as const),
    };
  });
  if (command) ctx.dispatcher.dispatch([command]);
  const revocation = revoke ? await revokeGrant(ctx, caller, was) : null;
  return {
    status: 200,
    body: {
      id: inbox.id,
      status: inbox.status,
      epoch: inbox.epoch,
      message:
        'Sync has stopped. Email already synced stays on the timelines, and no new email comes in. ' +
        `We have dropped our access; you can also remove it ${REVOKE_WORDS[inbox.provider]}.`,
      revocation,
      revokeAt: REVOKE_AT[inbox.provider],
    },
  };
});
