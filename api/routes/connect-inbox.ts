import type { RequestHandler } from 'express';
import { z } from 'zod';
import { beginAuthorization, connectorOf } from '../connect/begin.ts';
import type { ApiContext } from '../context.ts';
import { scopeFor, scopeSchema } from '../scope-input.ts';
import { parse, plainText } from '../validate.ts';

const bodySchema = z.strictObject({
  provider: z.enum(['gmail', 'outlook']),
  scope: scopeSchema.default({ kind: 'contacts' }),
  loginHint: z.email().max(320).optional(),
  returnTo: plainText(2_000).optional(),
});

/** `POST /api/v1/inboxes`: where to send the user to give consent. Nothing is connected yet. */
export function connectInbox(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { provider, scope, loginHint, returnTo } = parse(bodySchema, req.body);
    connectorOf(ctx, provider);
    const begun = await beginAuthorization(ctx, req, res, {
      provider,
      scope: scopeFor(provider, scope),
      inboxId: null,
      loginHint: loginHint ?? null,
      returnTo,
    });
    res.status(201).json(begun);
  };
}
