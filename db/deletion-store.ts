import { recordEvent } from './event-store.ts';
import { nextState } from './inbox-transition.ts';
import { at, msOf, msOrNull } from './time.ts';
import { type InboxTx, one, type Tx } from './tx.ts';

/** The receipt of a deleted history: counts and times, no content (B8). */
export interface Deletion {
  id: string;
  inboxId: string;
  epoch: number;
  requestedAt: number;
  keyDestroyedAt: number | null;
  finishedAt: number | null;
  messagesDeleted: number;
  verdictsDeleted: number;
}

/** Newest first. */
export const listDeletions = async (tx: Tx, inboxId: string): Promise<Deletion[]> =>
  (
    await tx.sql<DeletionRecord>(
      'select * from deletions where inbox_id = $1 order by requested_at desc, id desc',
      [inboxId],
    )
  ).map(toDeletion);

/** The latest of the worker's inbox. */
export const getDeletion = async (tx: InboxTx): Promise<Deletion | null> =>
  (await listDeletions(tx, tx.inbox.id))[0] ?? null;

export interface DeletionRef {
  deletionId: string;
}

/**
 * Deletes up to `limit` rows of each kind and counts them on the receipt, in one transaction: killed
 * at any point, the next call goes on and the counts stay right.
 * @returns 0 when nothing is left, or the deletion has finished
 */
export const deleteBatch = async (
  tx: InboxTx,
  { deletionId }: DeletionRef,
  limit: number,
): Promise<{ deleted: number }> => {
  if (!(await holdRunning(tx, deletionId))) return { deleted: 0 };
  const messages = await deleteRows(tx, 'messages', 'id', limit);
  const verdicts = await deleteRows(tx, 'verdicts', 'provider_message_id', limit);
  const seen = await deleteRows(tx, 'backfill_ids', 'n, provider_message_id', limit);
  const told = await deleteRows(tx, 'event_deliveries', 'seq', limit, "type = 'message.synced'");
  await tx.sql(
    `update deletions set messages_deleted = messages_deleted + $2,
       verdicts_deleted = verdicts_deleted + $3
     where id = $1`,
    [deletionId, messages, verdicts],
  );
  return { deleted: messages + verdicts + seen + told };
};

/** Removes the last small rows and leaves the inbox disconnected. Asked again, it answers the same. */
export const finishDeletion = async (
  tx: InboxTx,
  { deletionId }: DeletionRef,
): Promise<Deletion> => {
  if (await holdRunning(tx, deletionId)) {
    while ((await deleteBatch(tx, { deletionId }, 1_000)).deleted > 0);
    const { status } = nextState(tx.inbox, 'historyDeleted').next;
    await tx.sql(
      `update inboxes set status = $2, history_deleted_at = $1, covered_seq = 0,
         last_backfill = greatest(last_backfill,
           (select max(n) from backfills where inbox_id = app_inbox()))
       where id = app_inbox()`,
      [at(Date.now()), status],
    );
    for (const table of ['backfills', 'gaps', 'touches', 'sync_cursors']) {
      await tx.sql(`delete from ${table} where inbox_id = app_inbox()`);
    }
    await tx.sql('update deletions set finished_at = now() where id = $1', [deletionId]);
    const { messagesDeleted, verdictsDeleted } = await mustGet(tx, deletionId);
    await recordEvent(tx, {
      type: 'history.deleted',
      inboxId: tx.inbox.id,
      facts: { deletionId, messagesDeleted, verdictsDeleted },
    });
  }
  return mustGet(tx, deletionId);
};

const mustGet = async (tx: InboxTx, id: string): Promise<Deletion> =>
  toDeletion(one(await tx.sql<DeletionRecord>('select * from deletions where id = $1', [id])));

/** False when it has finished. Two attempts at one deletion take turns. */
const holdRunning = async (tx: InboxTx, deletionId: string): Promise<boolean> => {
  await tx.sql('select lock_inbox(app_inbox())');
  const running = await tx.sql(
    `select from deletions d join inboxes i on i.id = d.inbox_id
     where d.id = $1 and i.id = app_inbox() and i.status = 'deleting' and i.epoch = d.epoch
       and d.finished_at is null`,
    [deletionId],
  );
  return running.length === 1;
};

const deleteRows = async (
  tx: InboxTx,
  table: 'messages' | 'verdicts' | 'backfill_ids' | 'event_deliveries',
  key: string,
  limit: number,
  which = 'true',
): Promise<number> => {
  const gone = await tx.sql<{ gone: number }>(
    `with batch as (select ${key} from ${table} where inbox_id = app_inbox() and ${which} limit $1),
       gone as (delete from ${table} where inbox_id = app_inbox() and (${key}) in (table batch)
                returning 1)
     select count(*)::int as gone from gone`,
    [limit],
  );
  return one(gone).gone;
};

interface DeletionRecord {
  id: string;
  inbox_id: string;
  epoch: number;
  requested_at: string;
  key_destroyed_at: string | null;
  finished_at: string | null;
  messages_deleted: string;
  verdicts_deleted: string;
}

const toDeletion = (record: DeletionRecord): Deletion => ({
  id: record.id,
  inboxId: record.inbox_id,
  epoch: record.epoch,
  requestedAt: msOf(record.requested_at),
  keyDestroyedAt: msOrNull(record.key_destroyed_at),
  finishedAt: msOrNull(record.finished_at),
  messagesDeleted: Number(record.messages_deleted),
  verdictsDeleted: Number(record.verdicts_deleted),
});
