import { defineEntity, p } from '@mikro-orm/postgresql';
import { Inbox } from './inbox.ts';

export const SyncCursor = defineEntity({
  name: 'SyncCursor',
  tableName: 'sync_cursors',
  properties: {
    inbox: () => p.oneToOne(Inbox).owner().primary().updateRule('no action').deleteRule('cascade'),
    cursorCt: p.blob(),
    /** Everything the provider accepted before this moment has been seen. */
    syncedAt: p.datetime(3),
    watchExpiresAt: p.datetime(3).nullable(),
    pushedAt: p.datetime(3).nullable(),
  },
});
