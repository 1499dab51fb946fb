import { randomBytes } from 'node:crypto';
import { holdFlow } from '../../db/flow-store.ts';
import type { OauthState } from '../../db/oauth-state-store.ts';
import { type PendingConnection, putPendingConnection } from '../../db/pending-connection-store.ts';
import { openPending, type PendingSecret, sealPending } from '../../vault/pending-seals.ts';
import { isUnreadable } from '../../vault/unreadable.ts';
import { hashOf } from '../browser-binding.ts';
import type { ApiContext } from '../context.ts';
import { connectorOf } from './begin.ts';
import type { FlowSecret } from './flow-secret.ts';

/** How long a connection waits for an administrator, and the administrator's link works. */
export const ADMIN_PATIENCE_MS = 30 * 86_400_000;

/**
 * Remembers a connection that only an administrator can let through.
 * @returns its id
 * @throws FlowEndedError
 */
export async function awaitAdmin(
  ctx: ApiContext,
  flow: OauthState,
  { notifyAddress, loginHint, scopeNamed = false }: FlowSecret,
): Promise<string> {
  const { orgId, userId, provider, scope, inboxId, browserHash, returnTo } = flow;
  const adminState = randomBytes(32).toString('base64url');
  const adminStateHash = hashOf(adminState);
  const secret: PendingSecret = { adminState, notifyAddress, loginHint, scopeNamed };
  const sealed = sealPending(ctx.keyRing.masters, { orgId, adminStateHash }, secret);
  const expiresAt = ctx.now() + ADMIN_PATIENCE_MS;
  const kept = { orgId, userId, provider, scope, inboxId, browserHash, returnTo, expiresAt };
  return await ctx.database.asUser({ orgId, userId }, async (tx) => {
    await holdFlow(tx, flow.stateHash);
    return putPendingConnection(tx, { ...kept, adminStateHash, ...sealed });
  });
}

/** What a waiting connection carries; null where it does not open, and it has to be begun again. */
export function pendingSecret(ctx: ApiContext, pending: PendingConnection): PendingSecret | null {
  try {
    return openPending(ctx.keyRing.masters, pending);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    ctx.log.error({ pendingId: pending.id, err: error }, 'a waiting connection does not open');
    return null;
  }
}

/** The link for the administrator. */
export function adminLink(
  ctx: ApiContext,
  { provider }: PendingConnection,
  { adminState }: PendingSecret,
): string {
  return connectorOf(ctx, provider).adminConsentUrl?.(adminState) ?? '';
}
