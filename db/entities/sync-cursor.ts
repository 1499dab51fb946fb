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
    /** The provider's name for the watch, where it has one. */
    watchId: p.text().nullable(),
    watchExpiresAt: p.datetime(3).nullable(),
    pushedAt: p.datetime(3).nullable(),
  },
  indexes: [{ name: 'sync_cursors_by_watch', properties: ['watchId'] }],
});
