import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { putOauthState } from '../../db/oauth-state-store.ts';
import type { Provider } from '../../domain/inbox.ts';
import type { Scope } from '../../domain/scope.ts';
import { callerOf } from '../auth.ts';
import { bindBrowser, hashOf, OAUTH_LIFETIME_MS } from '../browser-binding.ts';
import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { resolveReturnTo } from '../return-to.ts';
import { timeSchema } from '../views/time.ts';
import type { Connector } from './connector.ts';
import { sealFlowSecret } from './flow-secret.ts';

export interface Beginning {
  provider: Provider;
  scope: Scope;
  /** Reconnect: the inbox that must come back. */
  inboxId: string | null;
  loginHint: string | null;
  returnTo: string | undefined;
}

export const begunSchema = z
  .object({ authorizationUrl: z.url(), expiresAt: timeSchema })
  .meta({ id: 'Authorization', description: 'Send the user’s browser to authorizationUrl.' });

/**
 * Begins an authorization: a state of 256 random bits that works once, for this user, in this
 * browser. Only its hash is stored; the PKCE verifier is stored sealed.
 */
export async function beginAuthorization(
  ctx: ApiContext,
  req: Request,
  res: Response,
  { provider, scope, inboxId, loginHint, returnTo }: Beginning,
): Promise<z.output<typeof begunSchema>> {
  const caller = callerOf(req);
  const connector = connectorOf(ctx, provider);
  const { publicUrl, returnToOrigins } = ctx.settings;
  const destination = returnTo ? resolveReturnTo(returnTo, publicUrl, returnToOrigins) : '';
  const state = randomBytes(32).toString('base64url');
  const { url, codeVerifier } = connector.authorize({ state, loginHint });
  const expiresAt = ctx.now() + OAUTH_LIFETIME_MS;
  const flow = { stateHash: hashOf(state), orgId: caller.orgId };
  const secretCt = sealFlowSecret(ctx.keyRing.masters, flow, {
    codeVerifier,
    notifyAddress: caller.email,
  });
  const browserHash = hashOf(bindBrowser(req, res, publicUrl));
  await ctx.database.asUser(caller, (tx) =>
    putOauthState(tx, {
      ...flow,
      browserHash,
      userId: caller.userId,
      provider,
      scope,
      inboxId,
      secretCt,
      returnTo: destination,
      expiresAt,
    }),
  );
  return { authorizationUrl: url, expiresAt: new Date(expiresAt).toISOString() };
}

/** @throws Problem when the provider cannot be connected here */
export function connectorOf(ctx: ApiContext, provider: Provider): Connector {
  const connector = ctx.connectors[provider];
  if (connector) return connector;
  throw provider === 'gmail'
    ? new Problem('gmail-not-configured', 'This server holds no Google credentials.')
    : new Problem('provider-not-supported', 'This version connects Gmail inboxes only.');
}
