import { z } from 'zod';
import {
  listPendingConnections,
  type PendingConnection,
} from '../../db/pending-connection-store.ts';
import { adminLink, pendingSecret } from '../connect/await-admin.ts';
import type { ApiContext } from '../context.ts';
import { defineRoute } from '../route.ts';
import { scopeView } from '../views/scope-view.ts';
import { iso, isoOrNull, timeSchema } from '../views/time.ts';

export const pendingSchema = z
  .object({
    provider: z.enum(['gmail', 'outlook']),
    inboxId: z.uuid().nullable().describe('The inbox to reconnect; null for a new one.'),
    scope: scopeView,
    status: z.enum(['waiting_for_admin', 'admin_agreed']),
    adminConsentUrl: z.url().describe('For the administrator.'),
    waitingPage: z.url().describe('Goes on by itself, in the browser the connection began in.'),
    since: timeSchema,
    expiresAt: timeSchema,
    adminAgreedAt: timeSchema.nullable(),
  })
  .meta({ id: 'PendingConnection' });

export const listPending = defineRoute({
  method: 'get',
  path: '/api/v1/pending-connections',
  name: 'listPendingConnections',
  tag: 'Inboxes',
  summary: 'Connections that wait for an administrator’s consent',
  responses: { 200: z.object({ pending: z.array(pendingSchema) }) },
}).handle((ctx) => async ({ caller }) => {
  const pending = await ctx.database.asUser(caller, listPendingConnections);
  return { status: 200, body: { pending: pending.flatMap((one) => view(ctx, one)) } };
});

/** What does not open any more has to be begun again, and nothing waits. */
function view(ctx: ApiContext, pending: PendingConnection): z.output<typeof pendingSchema>[] {
  const secret = pendingSecret(ctx, pending);
  if (!secret) return [];
  const { id, provider, inboxId, scope, createdAt, expiresAt, consentedAt } = pending;
  return [
    {
      provider,
      inboxId,
      scope,
      status: consentedAt === null ? 'waiting_for_admin' : 'admin_agreed',
      adminConsentUrl: adminLink(ctx, pending, secret),
      waitingPage: new URL(`/oauth/waiting/${id}`, ctx.settings.publicUrl).href,
      since: iso(createdAt),
      expiresAt: iso(expiresAt),
      adminAgreedAt: isoOrNull(consentedAt),
    },
  ];
}
