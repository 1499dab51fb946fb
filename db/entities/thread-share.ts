import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inbox } from './inbox.ts';

/** One thread, opened to the owner's org by its owner. */
export const ThreadShare = defineEntity({
  name: 'ThreadShare',
  tableName: 'thread_shares',
  properties: {
    inbox: () =>
      p.manyToOne(Inbox).primary().updateRule('no action').deleteRule('cascade').index(false),
    providerThreadId: p.text().primary(),
    orgId: p.text(),
    userId: p.text(),
    sharedAt: p.datetime(3).defaultRaw('now()'),
  },
});
