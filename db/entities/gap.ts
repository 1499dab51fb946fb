import { defineEntity, p } from '@mikro-orm/postgresql';
import { GAP_CAUSES } from './enums.ts';
import { Inbox } from './inbox.ts';

export const Gap = defineEntity({
  name: 'Gap',
  tableName: 'gaps',
  properties: {
    id: p.uuid().primary(),
    inbox: () => p.manyToOne(Inbox).updateRule('no action').deleteRule('cascade').index(false),
    cause: p.enum(GAP_CAUSES),
    fromAt: p.datetime(3),
    toAt: p.datetime(3),
    openedAt: p.datetime(3).defaultRaw('now()'),
    closedAt: p.datetime(3).nullable(),
  },
  indexes: [{ name: 'gaps_open', properties: ['inbox'], where: 'closed_at is null' }],
});
