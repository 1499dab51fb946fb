import { defineEntity, p } from '@mikro-orm/postgresql';
import { VERDICT_KINDS } from './enums.ts';
import { Inbox } from './inbox.ts';

export const Verdict = defineEntity({
  name: 'Verdict',
  tableName: 'verdicts',
  properties: {
    inbox: () =>
      p.manyToOne(Inbox).primary().updateRule('no action').deleteRule('cascade').index(false),
    providerMessageId: p.text().primary(),
    kind: p.enum(VERDICT_KINDS),
    reason: p.text().nullable(),
    rfcIdHash: p.blob().nullable(),
    senderHash: p.blob().nullable(),
    receivedAt: p.datetime(3).nullable(),
    contactVersion: p.bigint('number').defaultRaw('0'),
    decidedAt: p.datetime(3).defaultRaw('now()'),
  },
  indexes: [
    {
      name: 'verdicts_by_rfc_id',
      properties: ['inbox', 'rfcIdHash'],
      where: 'rfc_id_hash is not null',
    },
    {
      name: 'verdicts_by_sender',
      properties: ['inbox', 'senderHash', 'receivedAt'],
      where: 'sender_hash is not null',
    },
  ],
});
