import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Tx } from '../../db/database.ts';
import { holdFlows } from '../../db/flow-store.ts';
import { putOauthState } from '../../db/oauth-state-store.ts';
import type { Provider } from '../../domain/inbox.ts';
import type { Scope } from '../../domain/scope.ts';
import { callerOf } from '../auth.ts';
import { bindBrowser, hashOf, OAUTH_LIFETIME_MS } from '../browser-binding.ts';
import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { resolveReturnTo } from '../return-to.ts';
import { timeSchema } from '../views/time.ts';
import { COMPANY, type Connector } from './connector.ts';
import { type FlowSecret, sealFlowSecret } from './flow-secret.ts';

export interface Beginning {
  provider: Provider;
  scope: Scope;
  /** See `FlowSecret`. */
  scopeNamed?: boolean;
  /** Reconnect: the inbox that must come back. */
  inboxId: string | null;
  loginHint: string | null;
  /** Ask for the send scope too. */
  send?: boolean;
  returnTo: string | undefined;
  still?: Still;
}

/** Asked once no stop can come between; throws when there is nothing to begin any more. */
type Still = (tx: Tx) => Promise<void>;

export const begunSchema = z
  .object({ authorizationUrl: z.url(), expiresAt: timeSchema })
  .meta({ id: 'Authorization', description: 'Send the user’s browser to authorizationUrl.' });

/** Begins an authorization for the caller, in the caller's browser. */
export async function beginAuthorization(
  ctx: ApiContext,
  req: Request,
  res: Response,
  { returnTo, ...beginning }: Beginning,
): Promise<z.output<typeof begunSchema>> {
  const { orgId, userId, email } = callerOf(req);
  const { publicUrl, returnToOrigins } = ctx.settings;
  const { url, expiresAt } = await beginFlow(ctx, {
    ...beginning,
    orgId,
    userId,
    notifyAddress: email,
    returnTo: returnTo === undefined ? '' : resolveReturnTo(returnTo, publicUrl, returnToOrigins),
    browserHash: hashOf(bindBrowser(req, res, publicUrl)),
  });
  return { authorizationUrl: url, expiresAt: new Date(expiresAt).toISOString() };
}

export interface Flow {
  orgId: string;
  userId: string;
  provider: Provider;
  scope: Scope;
  scopeNamed?: boolean;
  inboxId: string | null;
  loginHint: string | null;
  notifyAddress: string | null;
  send?: boolean;
  /** Checked by `resolveReturnTo`; '' for nowhere. */
  returnTo: string;
  /** Of the browser that alone may finish it. */
  browserHash: Buffer;
  still?: Still;
}

/**
 * A state of 256 random bits that works once, for this user, in this browser. Only its hash is
 * stored; the PKCE verifier is stored sealed.
 */
export async function beginFlow(
  ctx: ApiContext,
  { loginHint, notifyAddress, send = false, scopeNamed = false, still, ...flow }: Flow,
): Promise<{ url: string; expiresAt: number }> {
  const connector = connectorOf(ctx, flow.provider);
  const state = randomBytes(32).toString('base64url');
  const { url, codeVerifier } = await connector.authorize({ state, loginHint, send });
  const expiresAt = ctx.now() + OAUTH_LIFETIME_MS;
  const stateHash = hashOf(state);
  const owner = { orgId: flow.orgId, column: 'oauth_states.secret_ct', stateHash } as const;
  const secret: FlowSecret = { codeVerifier, notifyAddress, loginHint, send, scopeNamed };
  const secretCt = sealFlowSecret(ctx.keyRing.masters, owner, secret);
  await ctx.database.asUser(flow, async (tx) => {
    holdFlows(tx);
    await still?.(tx);
    await putOauthState(tx, { ...flow, stateHash, secretCt, expiresAt });
  });
  return { url, expiresAt };
}

/** @throws Problem when the provider cannot be connected here */
export function connectorOf(ctx: ApiContext, provider: Provider): Connector {
  const connector = ctx.connectors[provider];
  if (connector) return connector;
  throw new Problem(
    `${provider}-not-configured`,
    `This server holds no ${COMPANY[provider]} credentials.`,
  );
}
