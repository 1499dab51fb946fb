import { at, msOf, msOrNull } from './time.ts';
import { type InboxTx, one, type Tx } from './tx.ts';

/** Where sync stands at the provider. */
export interface CursorRow {
  /** `sync_cursors.cursor_ct`, sealed. */
  cursorCt: Buffer;
  /** Everything the provider accepted before this moment has been seen. */
  syncedAt: number;
  /** The provider's name for the watch, where it has one. */
  watchId: string | null;
  watchExpiresAt: number | null;
  pushedAt: number | null;
}

/**
 * A connected inbox whose scope is chosen has one: it was stored by the connect, or with the choice.
 */
export const readCursor = async (tx: InboxTx): Promise<CursorRow> => {
  const rows = await tx.sql<{
    cursor_ct: Buffer;
    synced_at: string;
    watch_id: string | null;
    watch_expires_at: string | null;
    pushed_at: string | null;
  }>('select * from sync_cursors where inbox_id = app_inbox()');
  const row = one(rows);
  return {
    cursorCt: row.cursor_ct,
    syncedAt: msOf(row.synced_at),
    watchId: row.watch_id,
    watchExpiresAt: msOrNull(row.watch_expires_at),
    pushedAt: msOrNull(row.pushed_at),
  };
};

/**
 * A cursor that is there is followed on: a connected inbox was only granted more scopes. Its watch is
 * made anew, and what came in between was announced to nobody: polled until a push has come.
 */
export const insertCursor = async (
  tx: Tx,
  inboxId: string,
  { cursorCt, syncedAt }: Pick<CursorRow, 'cursorCt' | 'syncedAt'>,
): Promise<void> => {
  await tx.sql(
    `insert into sync_cursors (inbox_id, cursor_ct, synced_at) values ($1, $2, $3)
     on conflict (inbox_id) do update set pushed_at = null`,
    [inboxId, cursorCt, at(syncedAt)],
  );
};

/** Together with what the cursor covers, in one transaction (I9). */
export const saveCursor = async (
  tx: InboxTx,
  { cursorCt, syncedAt }: Pick<CursorRow, 'cursorCt' | 'syncedAt'>,
): Promise<void> => {
  await tx.sql(
    `insert into sync_cursors (inbox_id, cursor_ct, synced_at) values (app_inbox(), $1, $2)
     on conflict (inbox_id) do update
       set cursor_ct = excluded.cursor_ct, synced_at = excluded.synced_at`,
    [cursorCt, at(syncedAt)],
  );
};

/** Nothing happened up to `syncedAt`: the cursor, which can be long, stays as it is. */
export const noteSynced = async (tx: InboxTx, syncedAt: number): Promise<void> => {
  await tx.sql('update sync_cursors set synced_at = $1 where inbox_id = app_inbox()', [
    at(syncedAt),
  ]);
};

export interface SavedWatch {
  id: string | null;
  expiresAt: number;
}

/** Until when the provider pushes. The cursor must have been saved before. */
export const saveWatch = async (tx: InboxTx, { id, expiresAt }: SavedWatch): Promise<void> => {
  const updated = await tx.sql(
    `update sync_cursors set watch_id = $1, watch_expires_at = $2
     where inbox_id = app_inbox() returning inbox_id`,
    [id, at(expiresAt)],
  );
  one(updated);
};

/** The watch has ended, or will unless it is renewed at once. */
export const endWatch = async (tx: InboxTx): Promise<void> => {
  await tx.sql('update sync_cursors set watch_expires_at = null where inbox_id = app_inbox()');
};

/** A push arrived: the watch works. */
export const notePush = async (tx: InboxTx, pushedAt: number): Promise<void> => {
  await tx.sql(
    `update sync_cursors set pushed_at = greatest(pushed_at, $1::timestamptz)
     where inbox_id = app_inbox()`,
    [at(pushedAt)],
  );
};

/** Push has missed something: until the next one arrives, it does not count as working. */
export const distrustPush = async (tx: InboxTx): Promise<void> => {
  await tx.sql('update sync_cursors set pushed_at = null where inbox_id = app_inbox()');
};

export interface SyncHealth {
  syncedAt: number | null;
  watchExpiresAt: number | null;
  pushedAt: number | null;
}

/** All null before the first sync and after a deletion. */
export async function readSyncHealth(tx: Tx, inboxId: string): Promise<SyncHealth> {
  const [row] = await tx.sql<Record<'synced_at' | 'watch_expires_at' | 'pushed_at', string | null>>(
    'select synced_at, watch_expires_at, pushed_at from sync_cursors where inbox_id = $1',
    [inboxId],
  );
  return {
    syncedAt: msOrNull(row?.synced_at ?? null),
    watchExpiresAt: msOrNull(row?.watch_expires_at ?? null),
    pushedAt: msOrNull(row?.pushed_at ?? null),
  };
}
