import { defineEntity, p } from '@mikro-orm/postgresql';
import { OUTGOING_STATES } from './enums.ts';
import { Inbox } from './inbox.ts';

/** A message on its way out. */
export const OutgoingMessage = defineEntity({
  name: 'OutgoingMessage',
  tableName: 'outgoing_messages',
  properties: {
    id: p.uuid().primary(),
    inbox: () => p.manyToOne(Inbox).updateRule('no action').deleteRule('cascade').index(false),
    idempotencyKey: p.text(),
    requestHash: p.blob(),
    state: p.enum(OUTGOING_STATES),
    contentCt: p.blob().nullable(),
    rfcMessageId: p.text(),
    providerThreadId: p.text().nullable(),
    providerMessageId: p.text().nullable(),
    failure: p.text().nullable(),
    recipients: p.integer().default(1),
    createdAt: p.datetime(3).defaultRaw('now()'),
    dueAt: p.datetime(3).defaultRaw('now()'),
    attemptedAt: p.datetime(3).nullable(),
    settledAt: p.datetime(3).nullable(),
    copiedAt: p.datetime(3).nullable(),
  },
  uniques: [{ properties: ['inbox', 'idempotencyKey'] }],
  indexes: [
    {
      name: 'outgoing_messages_open',
      properties: ['dueAt'],
      where: "state in ('queued', 'sending')",
    },
    {
      name: 'outgoing_messages_uncopied',
      properties: ['dueAt'],
      where: "state = 'sent' and copied_at is null",
    },
    { name: 'outgoing_messages_by_time', properties: ['inbox', 'createdAt'] },
  ],
});
