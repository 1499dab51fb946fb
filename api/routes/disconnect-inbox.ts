import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { disconnectInbox as disconnect } from '../../db/inbox-store.ts';
import type { Provider } from '../../domain/inbox.ts';
import { ownInbox } from '../inbox-access.ts';
import { defineRoute } from '../route.ts';
import { idParams } from '../validate.ts';
import { inboxStatusSchema } from '../views/inbox-view.ts';

const REVOKE_AT: Record<Provider, string> = {
  gmail: 'https://myaccount.google.com/connections',
  outlook: 'https://myapps.microsoft.com/',
};

export const disconnectInbox = defineRoute({
  method: 'post',
  path: '/api/v1/inboxes/{id}/disconnect',
  name: 'disconnectInbox',
  tag: 'Inboxes',
  summary: 'Stop syncing an inbox',
  description:
    'Once this has answered, no call to the provider starts and no row is written for the inbox (P9, B7). Asked again, it answers the same.',
  params: idParams,
  // Some clients put {} into every POST.
  body: z.strictObject({}).default({}),
  responses: {
    200: z.object({
      id: z.uuid(),
      status: inboxStatusSchema,
      epoch: z.int(),
      message: z.string(),
      revokeAt: z.url().describe('Where the provider lists the apps that have access.'),
    }),
  },
  problems: ['not-found', 'inbox-deleting'],
}).handle((ctx) => async ({ params: { id }, caller }) => {
  const { inbox, command } = await ctx.database.asUser(caller, async (tx) => {
    await ownInbox(tx, id);
    const { epoch, commandId } = await disconnect(tx, id);
    if (commandId !== null) await writeAudit(tx, { act: 'inbox.disconnected', inboxId: id });
    const after = await ownInbox(tx, id);
    return {
      inbox: after,
      command: commandId && ({ id: commandId, inboxId: id, kind: 'close', epoch } as const),
    };
  });
  if (command) ctx.dispatcher.dispatch([command]);
  return {
    status: 200,
    body: {
      id: inbox.id,
      status: inbox.status,
      epoch: inbox.epoch,
      message:
        'Sync has stopped. Email already synced stays on the timelines, and no new email comes in. ' +
        'We have dropped our access; you can also remove it at the provider.',
      revokeAt: REVOKE_AT[inbox.provider],
    },
  };
});
