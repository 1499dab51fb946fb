import { defineEntity, p } from '@mikro-orm/postgresql';

/** A call under way or in line, or a pause the provider asked for; see take_call_slots. */
export const CallTicket = defineEntity({
  name: 'CallTicket',
  tableName: 'call_tickets',
  indexes: [{ name: 'call_tickets_by_key', properties: ['key'] }],
  checks: [
    { name: 'call_tickets_state_check', expression: "state in ('waiting', 'calling', 'held')" },
  ],
  properties: {
    seq: p.bigint('number').primary().generated('identity'),
    id: p.uuid().unique(),
    key: p.text(),
    state: p.text(),
    rank: p.integer(),
    slots: p.integer(),
    expiresAt: p.datetime(3),
  },
});
