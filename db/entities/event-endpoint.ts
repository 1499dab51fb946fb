import { defineEntity, p } from '@mikro-orm/postgresql';
import { ENDPOINT_STATES } from './enums.ts';

/** Where an org wants to be told of events. */
export const EventEndpoint = defineEntity({
  name: 'EventEndpoint',
  tableName: 'event_endpoints',
  properties: {
    id: p.uuid().primary(),
    orgId: p.text(),
    userId: p.text(),
    types: p.array().columnType('text[]'),
    content: p.boolean(),
    state: p.enum(ENDPOINT_STATES),
    disabledWhy: p.text().nullable(),
    targetCt: p.blob(),
    masterKeyId: p.text(),
    failingSince: p.datetime(3).nullable(),
    notifiedAt: p.datetime(3).nullable(),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
  indexes: [{ name: 'event_endpoints_by_org', properties: ['orgId'] }],
});
