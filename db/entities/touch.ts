import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inbox } from './inbox.ts';

/** How much of an inbox was touched. */
export const Touch = defineEntity({
  name: 'Touch',
  tableName: 'touches',
  properties: {
    inbox: () => p.oneToOne(Inbox).owner().primary().updateRule('no action').deleteRule('cascade'),
    calls: p.bigint('number').defaultRaw('0'),
    units: p.bigint('number').defaultRaw('0'),
    idsListed: p.bigint('number').defaultRaw('0'),
    headsRead: p.bigint('number').defaultRaw('0'),
    bodiesRead: p.bigint('number').defaultRaw('0'),
  },
});
