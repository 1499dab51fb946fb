import { listEndpoints } from '../../db/endpoint-store.ts';
import { listPendingConnections } from '../../db/pending-connection-store.ts';
import { listSessions } from '../../db/session-store.ts';
import { listOwnShares } from '../../db/share-store.ts';
import { listUserDeletions } from '../../db/user-deletion-store.ts';
import type { Caller } from '../auth.ts';
import { pendingSecret } from '../connect/await-admin.ts';
import type { ApiContext } from '../context.ts';
import { findTarget } from '../endpoint-access.ts';
import { endpointView } from '../views/endpoint-view.ts';
import { iso } from '../views/time.ts';

/** One line of an export. `unreadable`: what it tells of is kept and does not open any more. */
export type Line = { type: string; unreadable?: boolean } & Record<string, unknown>;

/** What is kept of a user besides their inboxes. Secrets are left out: they open something. */
export function accountLines(ctx: ApiContext, caller: Caller): Promise<Line[]> {
  return ctx.database.asUser(caller, async (tx): Promise<Line[]> => {
    const lines: Line[] = [];
    for (const { inboxId, providerThreadId, sharedAt } of await listOwnShares(tx)) {
      lines.push({ type: 'share', inboxId, threadId: providerThreadId, sharedAt: iso(sharedAt) });
    }
    for (const endpoint of await listEndpoints(tx)) {
      if (endpoint.userId !== caller.userId) continue;
      const target = findTarget(ctx, endpoint);
      lines.push({
        type: 'event-endpoint',
        ...endpointView(endpoint, target, ctx.now()),
        notifyAddress: target?.notifyAddress ?? null,
      });
    }
    for (const pending of await listPendingConnections(tx)) {
      const { id, provider, scope, createdAt, expiresAt } = pending;
      const secret = pendingSecret(ctx, pending);
      const times = { createdAt: iso(createdAt), expiresAt: iso(expiresAt) };
      const { notifyAddress, loginHint } = secret ?? { notifyAddress: null, loginHint: null };
      const sealed = { unreadable: secret === null, notifyAddress, loginHint };
      lines.push({ type: 'waiting', id, provider, scope, ...times, ...sealed });
    }
    for (const { roles, openedAt, expiresAt } of await listSessions(tx)) {
      const times = { openedAt: iso(openedAt), expiresAt: iso(expiresAt) };
      lines.push({ type: 'session', roles, ...times });
    }
    for (const deletion of await listUserDeletions(tx)) {
      lines.push({ type: 'deletion-of-everything', ...deletion });
    }
    return lines;
  });
}
