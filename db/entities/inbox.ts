import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Scope } from '../../domain/scope.ts';
import { INBOX_PROBLEMS, INBOX_STATUSES, PROVIDERS } from './enums.ts';

export const Inbox = defineEntity({
  name: 'Inbox',
  tableName: 'inboxes',
  properties: {
    id: p.uuid().primary(),
    orgId: p.text(),
    userId: p.text(),
    provider: p.enum(PROVIDERS),
    status: p.enum(INBOX_STATUSES),
    /** Fencing number: rises at connect, disconnect and delete. */
    epoch: p.integer(),
    scope: p.json<Scope>(),
    addressHash: p.blob(),
    profileCt: p.blob().nullable(),
    tokensCt: p.blob().nullable(),
    grantedScopes: p.array().columnType('text[]').defaultRaw("'{}'"),
    windowStart: p.datetime(3),
    coveredSeq: p.bigint('number').defaultRaw('0'),
    reconnectReason: p.text().nullable(),
    /** What keeps it from syncing and its user can mend. */
    problem: p.enum(INBOX_PROBLEMS).nullable(),
    problemSince: p.datetime(3).nullable(),
    reconnectNotifiedEpoch: p.integer().nullable(),
    connectedAt: p.datetime(3),
    disconnectedAt: p.datetime(3).nullable(),
    historyDeletedAt: p.datetime(3).nullable(),
    lastBackfill: p.integer().defaultRaw('0'),
    keyN: p.integer().defaultRaw('0'),
    sending: p.boolean().defaultRaw('false'),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
  uniques: [{ properties: ['orgId', 'userId', 'provider', 'addressHash'] }],
  indexes: [
    { name: 'inboxes_by_address', properties: ['provider', 'addressHash'] },
    { name: 'inboxes_by_status', properties: ['status'] },
  ],
});
