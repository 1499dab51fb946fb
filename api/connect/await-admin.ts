import { randomBytes } from 'node:crypto';
import type { OauthState } from '../../db/oauth-state-store.ts';
import { type PendingConnection, putPendingConnection } from '../../db/pending-connection-store.ts';
import { hashOf } from '../browser-binding.ts';
import type { ApiContext } from '../context.ts';
import { connectorOf } from './begin.ts';
import {
  type FlowSecret,
  openFlowSecret,
  type PendingSecret,
  sealFlowSecret,
} from './flow-secret.ts';

/** How long a connection waits for an administrator, and the administrator's link works. */
export const ADMIN_PATIENCE_MS = 30 * 86_400_000;

const COLUMN = 'pending_connections.secret_ct';

/** Remembers a connection that only an administrator can let through. @returns its id */
export async function awaitAdmin(
  ctx: ApiContext,
  flow: OauthState,
  { notifyAddress, loginHint }: Pick<FlowSecret, 'notifyAddress' | 'loginHint'>,
): Promise<string> {
  const { orgId, userId, provider, scope, inboxId, browserHash, returnTo } = flow;
  const adminState = randomBytes(32).toString('base64url');
  const adminStateHash = hashOf(adminState);
  const owner = { orgId, column: COLUMN, stateHash: adminStateHash } as const;
  const secret: PendingSecret = { adminState, notifyAddress, loginHint };
  const secretCt = sealFlowSecret(ctx.keyRing.masters, owner, secret);
  const expiresAt = ctx.now() + ADMIN_PATIENCE_MS;
  const kept = { orgId, userId, provider, scope, inboxId, browserHash, returnTo, expiresAt };
  return await ctx.database.asUser({ orgId, userId }, (tx) =>
    putPendingConnection(tx, { ...kept, adminStateHash, secretCt }),
  );
}

/** What a waiting connection carries. */
export function openPending(
  ctx: ApiContext,
  { orgId, adminStateHash, secretCt }: PendingConnection,
): PendingSecret {
  return openFlowSecret(
    ctx.keyRing.masters,
    { orgId, column: COLUMN, stateHash: adminStateHash },
    secretCt,
  );
}

/** The link for the administrator. */
export function adminLink(ctx: ApiContext, pending: PendingConnection): string {
  const { adminState } = openPending(ctx, pending);
  return connectorOf(ctx, pending.provider).adminConsentUrl?.(adminState) ?? '';
}
