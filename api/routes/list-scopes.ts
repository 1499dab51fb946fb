import { z } from 'zod';
import { askProvider } from '../ask-provider.ts';
import { ownInbox, PROVIDER_PROBLEMS, requireConnected } from '../inbox-access.ts';
import { defineRoute } from '../route.ts';
import { untilClosed } from '../until-closed.ts';
import { idParams } from '../validate.ts';
import { scopeChoiceSchema, scopeView } from '../views/scope-view.ts';

export const listScopes = defineRoute({
  method: 'get',
  path: '/api/v1/inboxes/{id}/scopes',
  name: 'listScopes',
  tag: 'Inboxes',
  summary: 'What the provider offers to choose from as scope, asked now',
  params: idParams,
  responses: {
    200: z.object({
      current: scopeView,
      contacts: z.object({ kind: z.literal('contacts') }),
      choices: z.array(scopeChoiceSchema),
    }),
  },
  problems: ['not-found', ...PROVIDER_PROBLEMS],
}).handle((ctx) => async ({ params: { id }, caller, res }) => {
  const inbox = await ctx.database.asUser(caller, (tx) => ownInbox(tx, id));
  requireConnected(inbox);
  const attempt = { inboxId: inbox.id, epoch: inbox.epoch };
  const choices = await askProvider(ctx, attempt, untilClosed(res), (mailbox) =>
    mailbox.listScopeChoices(),
  );
  return {
    status: 200,
    body: { current: inbox.scope, contacts: { kind: 'contacts' }, choices },
  };
});
