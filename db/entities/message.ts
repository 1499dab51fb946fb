import { defineEntity, p } from '@mikro-orm/postgresql';
import { DIRECTIONS } from './enums.ts';
import { Inbox } from './inbox.ts';

export const Message = defineEntity({
  name: 'Message',
  tableName: 'messages',
  properties: {
    id: p.uuid().primary(),
    inbox: () => p.manyToOne(Inbox).updateRule('no action').deleteRule('cascade').index(false),
    orgId: p.text(),
    userId: p.text(),
    providerMessageId: p.text(),
    providerThreadId: p.text(),
    direction: p.enum(DIRECTIONS),
    receivedAt: p.datetime(3),
    hasAttachments: p.boolean(),
    envelopeCt: p.blob(),
    bodyCt: p.blob(),
    storedAt: p.datetime(3).defaultRaw('now()'),
  },
  uniques: [{ properties: ['inbox', 'providerMessageId'] }],
  indexes: [{ name: 'messages_by_thread', properties: ['inbox', 'providerThreadId'] }],
});
