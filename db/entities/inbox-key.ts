import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inbox } from './inbox.ts';

/** A data key, wrapped by a master key and by the secret outside of the database that it names. */
export const InboxKey = defineEntity({
  name: 'InboxKey',
  tableName: 'inbox_keys',
  properties: {
    keyId: p.uuid().primary(),
    inbox: () => p.manyToOne(Inbox).updateRule('no action').deleteRule('cascade').index(false),
    n: p.integer(),
    masterKeyId: p.text(),
    wrappedKey: p.blob(),
    resealedUpto: p.text().nullable(),
    createdAt: p.datetime(3).defaultRaw('now()'),
  },
  uniques: [{ properties: ['inbox', 'n'] }],
  indexes: [{ name: 'inbox_keys_by_master', properties: ['masterKeyId', 'inbox'] }],
});
