import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Scope } from '../../domain/scope.ts';

/** A connection that waits for an administrator's consent. */
export const PendingConnection = defineEntity({
  name: 'PendingConnection',
  tableName: 'pending_connections',
  properties: {
    id: p.uuid().primary(),
    orgId: p.text(),
    userId: p.text(),
    provider: p.text(),
    inboxId: p.uuid().nullable(),
    scope: p.json<Scope>(),
    browserHash: p.blob(),
    adminStateHash: p.blob().unique(),
    secretCt: p.blob(),
    returnTo: p.text(),
    createdAt: p.datetime(3).defaultRaw('now()'),
    expiresAt: p.datetime(3),
    consentedAt: p.datetime(3).nullable(),
    masterKeyId: p.text().nullable(),
  },
  indexes: [
    { name: 'pending_connections_by_expiry', properties: ['expiresAt'] },
    {
      name: 'pending_connections_once',
      expression: `create unique index "pending_connections_once" on "pending_connections" ("org_id", "user_id", "provider", "inbox_id") nulls not distinct`,
    },
  ],
});
