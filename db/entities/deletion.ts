import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inbox } from './inbox.ts';

/** The receipt of a deleted history: counts and times, no content. */
export const Deletion = defineEntity({
  name: 'Deletion',
  tableName: 'deletions',
  properties: {
    id: p.uuid().primary(),
    inbox: () => p.manyToOne(Inbox).updateRule('no action').deleteRule('cascade').index(false),
    epoch: p.integer(),
    requestedAt: p.datetime(3).defaultRaw('now()'),
    keyDestroyedAt: p.datetime(3).nullable(),
    finishedAt: p.datetime(3).nullable(),
    messagesDeleted: p.bigint('number').defaultRaw('0'),
    verdictsDeleted: p.bigint('number').defaultRaw('0'),
  },
  indexes: [{ name: 'deletions_by_inbox', properties: ['inbox'] }],
});
