import type { BackfillKind, BackfillState } from '../domain/inbox.ts';
import type { Receipt } from '../domain/verdict.ts';
import { contactSeq } from './contact-book-store.ts';
import { BackfillStateError, InboxNotFoundError } from './errors.ts';
import { at, atOrNull, msOf, msOrNull } from './time.ts';
import type { ExclusiveInboxTx, InboxTx, Tx } from './tx.ts';

export interface BackfillRequest {
  kind: BackfillKind;
  windowFrom: number;
  windowTo: number;
  /** Contact addresses with seq in (seqAfter, seqUpto]. */
  seqAfter: number;
  seqUpto: number;
  /** The gap it closes. */
  gapId?: string | undefined;
  /** The backfill whose failures and missing parts it goes through again. */
  replays?: number | undefined;
  /** Not before this; default now. */
  dueAt?: number | undefined;
}

export interface BackfillRow extends Omit<BackfillRequest, 'gapId' | 'replays' | 'dueAt'> {
  n: number;
  state: BackfillState;
  gapId: string | null;
  replays: number | null;
  /** Type of the failure that ended it, such as RequestRefused; its workflow has the rest. */
  failure: string | null;
  dueAt: number;
  requestedAt: number;
  plannedAt: number | null;
  /** Version of the contact book at the plan. */
  plannedVersion: number;
  finishedAt: number | null;
  notifiedAt: number | null;
  receipt: Receipt | null;
}

/**
 * @returns its number within the inbox, never used before or again
 * @throws InboxNotFoundError
 */
export const requestBackfill = (tx: InboxTx, request: BackfillRequest): Promise<number> =>
  insertBackfill(tx, tx.inbox.id, request);

export const insertBackfill = async (
  tx: Tx,
  inboxId: string,
  { kind, windowFrom, windowTo, seqAfter, seqUpto, gapId, replays, dueAt }: BackfillRequest,
): Promise<number> => {
  for (;;) {
    // A number that another transaction took meanwhile gives no row: the next round sees it.
    const [row] = await tx.sql<{ n: number }>(
      `insert into backfills (inbox_id, n, kind, state, window_from, window_to, seq_after, seq_upto,
         gap_id, due_at, replays)
       select i.id, greatest(i.last_backfill, coalesce(
           (select max(n) from backfills where inbox_id = i.id), 0)) + 1,
         $2, 'requested', $3, $4, $5, $6, $7, coalesce($8::timestamptz, now()), $9
       from inboxes i where i.id = $1
       on conflict (inbox_id, n) do nothing returning n`,
      [
        inboxId,
        kind,
        at(windowFrom),
        at(windowTo),
        seqAfter,
        seqUpto,
        gapId ?? null,
        atOrNull(dueAt),
        replays ?? null,
      ],
    );
    if (row) return row.n;
    // One that is not there, or not this user's, would never give one.
    const seen = await tx.sql('select from inboxes where id = $1', [inboxId]);
    if (seen.length === 0) throw new InboxNotFoundError(inboxId);
  }
};

/**
 * Asks for a back-fetch of the contact addresses that no backfill covers yet (B4).
 * @param windowMs how far it reaches back from now, though never beyond the inbox's own window
 * @returns its number; null when all are covered
 */
export const requestContactsBackfill = async (
  tx: ExclusiveInboxTx,
  now: number,
  windowMs: number,
): Promise<number | null> => {
  const { coveredSeq, windowStart } = tx.inbox;
  const lastSeq = await contactSeq(tx);
  if (lastSeq <= coveredSeq) return null;
  const n = await requestBackfill(tx, {
    kind: 'contacts',
    windowFrom: Math.max(windowStart, now - windowMs),
    windowTo: now,
    seqAfter: coveredSeq,
    seqUpto: lastSeq,
  });
  await tx.sql('update inboxes set covered_seq = $1 where id = app_inbox()', [lastSeq]);
  return n;
};

/** Those cut short by a disconnect go on from their slices; their page tokens may be too old. */
export const reviveBackfills = async (tx: Tx, inboxId: string): Promise<void> => {
  await tx.sql(
    `update backfills set state = case when planned_at is null then 'requested' else 'running' end,
       finished_at = null, due_at = least(due_at, now())
     where inbox_id = $1 and state in ('requested', 'running', 'cancelled')`,
    [inboxId],
  );
};

/** All that should run by now. Starting one twice is for its workflow id to refuse. */
export const claimDueBackfills = (
  tx: InboxTx,
  now: number,
): Promise<{ n: number; kind: BackfillKind }[]> =>
  tx.sql(
    `select n, kind from backfills
     where inbox_id = app_inbox() and state in ('requested', 'running') and due_at <= $1 order by n`,
    [at(now)],
  );

/** Whether one waits to be started by now. */
export const hasRequestedBackfill = async (tx: InboxTx, now: number): Promise<boolean> => {
  const rows = await tx.sql(
    `select from backfills
     where inbox_id = app_inbox() and state = 'requested' and due_at <= $1 limit 1`,
    [at(now)],
  );
  return rows.length > 0;
};

/** When the next one falls due; null when none is open. */
export const nextDueAt = async (tx: InboxTx): Promise<number | null> => {
  const [row] = await tx.sql<{ due_at: string | null }>(
    `select min(due_at) as due_at from backfills
     where inbox_id = app_inbox() and state in ('requested', 'running')`,
  );
  return msOrNull(row?.due_at ?? null);
};

/** @throws BackfillStateError unknown */
export const getBackfill = async (tx: InboxTx, n: number): Promise<BackfillRow> => {
  const [record] = await tx.sql<BackfillRecord>(
    'select * from backfills where inbox_id = app_inbox() and n = $1',
    [n],
  );
  if (!record) throw new BackfillStateError(n, 'is unknown');
  return toBackfillRow(record);
};

/** For readers outside the worker; null when there is none. */
export const findBackfill = async (
  tx: Tx,
  inboxId: string,
  n: number,
): Promise<BackfillRow | null> => {
  const [record] = await tx.sql<BackfillRecord>(
    'select * from backfills where inbox_id = $1 and n = $2',
    [inboxId, n],
  );
  return record ? toBackfillRow(record) : null;
};

/** Newest first. @param page only those numbered below `before`, at most `limit` */
export const listBackfills = async (
  tx: Tx,
  inboxId: string,
  { before, limit }: { before?: number | undefined; limit: number } = { limit: 100 },
): Promise<BackfillRow[]> => {
  const records = await tx.sql<BackfillRecord>(
    `select * from backfills where inbox_id = $1 and ($2::int is null or n < $2)
     order by n desc limit $3`,
    [inboxId, before ?? null, limit],
  );
  return records.map(toBackfillRow);
};

/** Those still to do, first what was due first: second looks that must wait come last. */
export const listOpenBackfills = async (
  tx: Tx,
  inboxId: string,
  limit: number,
): Promise<BackfillRow[]> => {
  const records = await tx.sql<BackfillRecord>(
    `select * from backfills where inbox_id = $1 and state in ('requested', 'running')
     order by due_at, n limit $2`,
    [inboxId, limit],
  );
  return records.map(toBackfillRow);
};

/** The newest that have a receipt; not the nightly checks, which would hide all others. */
export const listReceiptedBackfills = async (
  tx: Tx,
  inboxId: string,
  limit: number,
): Promise<BackfillRow[]> => {
  const records = await tx.sql<BackfillRecord>(
    `select * from backfills where inbox_id = $1 and receipt is not null and kind <> 'check'
     order by n desc limit $2`,
    [inboxId, limit],
  );
  return records.map(toBackfillRow);
};

/** Finished ones stay as they are. */
export const cancelBackfill = async (tx: InboxTx, n: number): Promise<void> => {
  await tx.sql(
    `update backfills set state = 'cancelled', finished_at = now()
     where inbox_id = app_inbox() and n = $1 and state in ('requested', 'running')`,
    [n],
  );
};

/** The user has been mailed how these ended. */
export const markNotified = async (tx: InboxTx, ns: readonly number[]): Promise<void> => {
  await tx.sql(
    `update backfills set notified_at = now()
     where inbox_id = app_inbox() and n = any($1::int[]) and notified_at is null`,
    [ns],
  );
};

export interface BackfillRecord {
  n: number;
  kind: BackfillKind;
  state: BackfillState;
  window_from: string;
  window_to: string;
  seq_after: string;
  seq_upto: string;
  gap_id: string | null;
  replays: number | null;
  failure: string | null;
  due_at: string;
  requested_at: string;
  planned_at: string | null;
  planned_version: string;
  finished_at: string | null;
  notified_at: string | null;
  receipt: Receipt | null;
}

export const toBackfillRow = (record: BackfillRecord): BackfillRow => ({
  n: record.n,
  kind: record.kind,
  state: record.state,
  windowFrom: msOf(record.window_from),
  windowTo: msOf(record.window_to),
  seqAfter: Number(record.seq_after),
  seqUpto: Number(record.seq_upto),
  gapId: record.gap_id,
  replays: record.replays,
  failure: record.failure,
  dueAt: msOf(record.due_at),
  requestedAt: msOf(record.requested_at),
  plannedAt: msOrNull(record.planned_at),
  plannedVersion: Number(record.planned_version),
  finishedAt: msOrNull(record.finished_at),
  notifiedAt: msOrNull(record.notified_at),
  receipt: record.receipt,
});
