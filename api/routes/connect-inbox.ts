import { z } from 'zod';
import { beginAuthorization, begunSchema, connectorOf } from '../connect/begin.ts';
import { defineRoute } from '../route.ts';
import { connectScopeSchema, scopeFor } from '../scope-input.ts';
import { plainText } from '../validate.ts';

const body = z.strictObject({
  provider: z.enum(['gmail', 'outlook']),
  scope: connectScopeSchema
    .optional()
    .describe(
      'Default: contacts; for a mailbox that is known, the scope that was chosen. With unchosen nothing is read until PUT /api/v1/inboxes/{id}/scope says what. An inbox that is connected keeps the scope it has, whatever is named here.',
    ),
  loginHint: z.email().max(320).optional().describe('Preselects an account.'),
  returnTo: plainText(2_000)
    .optional()
    .describe('A path of this server, or an address whose origin is in RETURN_TO_ORIGINS.'),
});

export const connectInbox = defineRoute({
  method: 'post',
  path: '/api/v1/inboxes',
  name: 'connectInbox',
  tag: 'Inboxes',
  summary: 'Begin a connect: where to send the user to give consent',
  description:
    'Nothing is connected yet. Call it from the user’s browser, or pass its Set-Cookie on to that browser: the consent can only be finished there, once, within 15 minutes. For a mailbox that is connected it ends as already_connected and changes nothing: scope, sending and reconnecting have routes of their own.',
  body,
  responses: { 201: begunSchema },
  problems: ['outlook-not-configured', 'gmail-not-configured', 'return-to-refused'],
}).handle((ctx) => async ({ body: { provider, scope, loginHint, returnTo }, req, res }) => {
  connectorOf(ctx, provider);
  const begun = await beginAuthorization(ctx, req, res, {
    provider,
    scope: scope ? scopeFor(provider, scope) : { kind: 'contacts' },
    scopeNamed: scope !== undefined,
    inboxId: null,
    loginHint: loginHint ?? null,
    returnTo,
  });
  return { status: 201, body: begun };
});
