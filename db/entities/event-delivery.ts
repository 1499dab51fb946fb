import { defineEntity, p } from '@mikro-orm/postgresql';
import { DELIVERY_STATES } from './enums.ts';
import { EventEndpoint } from './event-endpoint.ts';
import { Inbox } from './inbox.ts';

/** One event for one endpoint: the outbox. */
export const EventDelivery = defineEntity({
  name: 'EventDelivery',
  tableName: 'event_deliveries',
  properties: {
    /** Of one inbox it rises in the order of the commits. */
    seq: p.bigint('number').primary().generated('identity'),
    endpoint: () =>
      p.manyToOne(EventEndpoint).updateRule('no action').deleteRule('cascade').index(false),
    orgId: p.text(),
    inbox: () => p.manyToOne(Inbox).updateRule('no action').deleteRule('cascade').index(false),
    eventId: p.uuid(),
    type: p.text(),
    facts: p.json(),
    state: p.enum(DELIVERY_STATES),
    attempts: p.integer().defaultRaw('0'),
    recordedAt: p.datetime(3).defaultRaw('now()'),
    dueAt: p.datetime(3).defaultRaw('now()'),
    expiresAt: p.datetime(3).defaultRaw("(now() + '1 day'::interval)"),
    settledAt: p.datetime(3).nullable(),
    lastStatus: p.integer().nullable(),
    lastFailure: p.text().nullable(),
  },
  uniques: [{ properties: ['endpoint', 'eventId'] }],
  indexes: [
    {
      name: 'event_deliveries_pending',
      properties: ['endpoint', 'inbox', 'seq'],
      where: "state = 'pending'",
    },
    {
      name: 'event_deliveries_of_endpoint',
      expression:
        'create index event_deliveries_of_endpoint on event_deliveries (endpoint_id, state, seq desc)',
    },
    {
      name: 'event_deliveries_settled',
      properties: ['endpoint', 'settledAt'],
      where: 'settled_at is not null',
    },
    { name: 'event_deliveries_of_inbox', properties: ['inbox'] },
  ],
});
