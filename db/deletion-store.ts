import { writeAudit } from './audit-store.ts';
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
 * How far a deletion is in each table, by its key. Only a hint: without it the next batch reads past
 * the index entries of all rows that are gone already, and the whole takes quadratic time.
 */
export interface Deleted {
  messages: string;
  verdicts: string;
  seen: readonly [n: number, providerMessageId: string];
}

export const NOTHING_DELETED: Deleted = { messages: '', verdicts: '', seen: [0, ''] };

/**
 * Deletes up to `limit` rows of each kind and counts them on the receipt, in one transaction: killed
 * at any point, the next call goes on and the counts stay right.
 * @returns 0 when nothing is left behind `from`, or the deletion has finished
 */
export const deleteBatch = async (
  tx: InboxTx,
  { deletionId }: DeletionRef,
  limit: number,
  from: Deleted = NOTHING_DELETED,
): Promise<{ deleted: number; upto: Deleted }> => {
  if (!(await holdRunning(tx, deletionId))) return { deleted: 0, upto: from };
  const [messages] = await tx.sql<Gone>(DELETE_MESSAGES, [limit, from.messages]);
  const [verdicts] = await tx.sql<Gone>(DELETE_VERDICTS, [limit, from.verdicts]);
  const [seen] = await tx.sql<Gone & { n: number | null }>(DELETE_SEEN, [limit, ...from.seen]);
  const told = one(await tx.sql<Gone>(DELETE_TOLD, [limit])).gone;
  await tx.sql(
    `update deletions set messages_deleted = messages_deleted + $2,
       verdicts_deleted = verdicts_deleted + $3
     where id = $1`,
    [deletionId, messages?.gone ?? 0, verdicts?.gone ?? 0],
  );
  return {
    deleted: (messages?.gone ?? 0) + (verdicts?.gone ?? 0) + (seen?.gone ?? 0) + told,
    upto: {
      messages: messages?.upto ?? from.messages,
      verdicts: verdicts?.upto ?? from.verdicts,
      seen: [seen?.n ?? from.seen[0], seen?.upto ?? from.seen[1]],
    },
  };
};

interface Gone {
  gone: number;
  /** Null when there was none. */
  upto: string | null;
}

/**
 * The next rows of a table whose key is the provider's id.
 * @param links another part of the `with`, by the ids in `gone`
 */
const deleteByProviderId = (
  table: 'messages' | 'verdicts',
  { returning, links = '' }: { returning: string; links?: string },
): string => `
  with edge as (
    select max(id) as upto from (
      select provider_message_id as id from ${table}
      where inbox_id = app_inbox() and provider_message_id > $2
      order by provider_message_id limit $1) batch),
  gone as (
    delete from ${table} t using edge
    where t.inbox_id = app_inbox() and t.provider_message_id > $2
      and t.provider_message_id <= edge.upto
    returning ${returning})${links}
  select (select count(*)::int from gone) as gone, (select upto from edge) as upto`;

/** Places on timelines go with them, found by the ids that go: no trigger a row does it. */
const DELETE_MESSAGES = deleteByProviderId('messages', {
  returning: 't.id',
  links: `,
  links as (
    delete from message_contacts where message_id = any(array(select id from gone)))`,
});

const DELETE_VERDICTS = deleteByProviderId('verdicts', { returning: '1' });

const DELETE_SEEN = `
  with batch as (
    select n, provider_message_id as id from backfill_ids
    where inbox_id = app_inbox() and (n, provider_message_id) > ($2, $3)
    order by n, provider_message_id limit $1),
  edge as (select n, id from batch order by n desc, id desc limit 1),
  gone as (
    delete from backfill_ids b using edge
    where b.inbox_id = app_inbox() and (b.n, b.provider_message_id) > ($2, $3)
      and (b.n, b.provider_message_id) <= (edge.n, edge.id)
    returning 1)
  select (select count(*)::int from gone) as gone, (select n from edge) as n,
    (select id from edge) as upto`;

/** Events that told of single messages. */
const DELETE_TOLD = `
  with batch as (
    select seq from event_deliveries
    where inbox_id = app_inbox() and type = 'message.synced' limit $1),
  gone as (delete from event_deliveries where seq in (table batch) returning 1)
  select count(*)::int as gone, null as upto from gone`;

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
    for (const table of [
      ...['message_contacts', 'outgoing_messages', 'backfills', 'gaps', 'touches', 'sync_cursors'],
    ]) {
      await tx.sql(`delete from ${table} where inbox_id = app_inbox()`);
    }
    await tx.sql('update deletions set finished_at = now() where id = $1', [deletionId]);
    const { messagesDeleted, verdictsDeleted } = await mustGet(tx, deletionId);
    const done = { act: 'history.deleted', subject: deletionId, count: messagesDeleted } as const;
    await writeAudit(tx, { ...done, inboxId: tx.inbox.id });
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
