import { defineEntity, p } from '@mikro-orm/postgresql';
import { Message } from './message.ts';

/** On whose timeline a message is; owner and time are repeated here to page by one index. */
export const MessageContact = defineEntity({
  name: 'MessageContact',
  tableName: 'message_contacts',
  properties: {
    message: () => p.manyToOne(Message).primary().createForeignKeyConstraint(false).index(false),
    contactId: p.text().primary(),
    inboxId: p.uuid(),
    orgId: p.text(),
    userId: p.text(),
    receivedAt: p.datetime(3),
    shared: p.boolean().defaultRaw('false'),
  },
  indexes: [
    {
      name: 'message_contacts_timeline',
      expression: (columns, table, name) =>
        `create index "${name}" on ${table} (${columns.contactId}, ${columns.userId}, ${columns.orgId}, ${columns.receivedAt} desc, ${columns.message} desc)`,
    },
    {
      name: 'message_contacts_shared',
      expression: (columns, table, name) =>
        `create index "${name}" on ${table} (${columns.contactId}, ${columns.orgId}, ${columns.receivedAt} desc, ${columns.message} desc) where ${columns.shared}`,
    },
    { name: 'message_contacts_by_inbox', properties: ['inboxId'] },
  ],
});
