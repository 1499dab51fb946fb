import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inbox } from './inbox.ts';

/** The inbox's data key, wrapped by a master key. Deleting this row is what deletes the history. */
export const InboxKey = defineEntity({
  name: 'InboxKey',
  tableName: 'inbox_keys',
  properties: {
    inbox: () => p.oneToOne(Inbox).owner().primary().updateRule('no action').deleteRule('cascade'),
    masterKeyId: p.text(),
    wrappedKey: p.blob(),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
});
