import { writeAudit } from './audit-store.ts';
import {
  type BackfillRecord,
  type BackfillRow,
  insertBackfill,
  toBackfillRow,
} from './backfill-store.ts';
import { insertCommand, type WorkflowCommand } from './command-store.ts';
import { at } from './time.ts';
import { type InboxTx, one, type Tx } from './tx.ts';

export type ReplayOutcome =
  /** A new run was asked for. */
  | { outcome: 'requested'; n: number; command: WorkflowCommand }
  /** One runs already, or this one has not ended. */
  | { outcome: 'running'; n: number }
  /** Nothing of it failed or is missing any more. */
  | { outcome: 'whole'; n: number }
  /** Not in this state of the inbox. */
  | { outcome: 'not_connected'; n: number };

/**
 * Asks for a run over what failed or is missing of a backfill. What remains to be done is always that
 * of its latest replay, so asking again is harmless: it names the run that does it, or finds nothing.
 * For the owner or an operator. @returns null when there is no such backfill
 */
export const requestReplay = async (
  tx: Tx,
  inboxId: string,
  n: number,
): Promise<ReplayOutcome | null> => {
  await tx.sql('select lock_inbox($1)', [inboxId]);
  const latest = await latestReplay(tx, inboxId, n);
  if (!latest) return null;
  if (isOpen(latest)) return { outcome: 'running', n: latest.n };
  if (!(await hasWorkLeft(tx, inboxId, latest.n))) return { outcome: 'whole', n: latest.n };
  const [inbox] = await tx.sql<{ epoch: number }>(
    `select epoch from inboxes where id = $1 and status = 'connected'`,
    [inboxId],
  );
  if (!inbox) return { outcome: 'not_connected', n: latest.n };
  const { windowFrom, windowTo, seqAfter, seqUpto, gapId } = latest;
  const replay = await insertBackfill(tx, inboxId, {
    ...{ kind: 'replay', windowFrom, windowTo, seqAfter, seqUpto },
    gapId: gapId ?? undefined,
    replays: latest.n,
  });
  await writeAudit(tx, { act: 'backfill.replayed', inboxId, subject: String(latest.n) });
  const wake = { inboxId, kind: 'wake', epoch: inbox.epoch } as const;
  return {
    outcome: 'requested',
    n: replay,
    command: { id: await insertCommand(tx, wake), ...wake },
  };
};

const isOpen = ({ state }: BackfillRow): boolean =>
  state === 'requested' || state === 'running' || state === 'cancelled';

/** The backfill itself as long as nothing replays it; null when there is none. */
export const latestReplay = async (
  tx: Tx,
  inboxId: string,
  n: number,
): Promise<BackfillRow | null> => {
  const [record] = await tx.sql<BackfillRecord>(
    `with recursive chain as (
       select * from backfills where inbox_id = $1 and n = $2
       union all
       select r.* from backfills r join chain c on r.inbox_id = c.inbox_id and r.replays = c.n
     ) select * from chain order by n desc limit 1`,
    [inboxId, n],
  );
  return record ? toBackfillRow(record) : null;
};

/** The backfill that was asked for first, then its replays, up to `n`. */
export const runsUpTo = async (tx: InboxTx, n: number): Promise<BackfillRow[]> => {
  const records = await tx.sql<BackfillRecord>(
    `with recursive chain as (
       select * from backfills where inbox_id = app_inbox() and n = $1
       union all
       select b.* from backfills b join chain c on b.inbox_id = c.inbox_id and b.n = c.replays
     ) select * from chain order by n`,
    [n],
  );
  return records.map(toBackfillRow);
};

const hasWorkLeft = async (tx: Tx, inboxId: string, n: number): Promise<boolean> => {
  const rows = await tx.sql<{ left: boolean }>(
    `select b.state = 'failed' or exists (
         select from backfill_slices where inbox_id = $1 and n = $2 and not done)
       or exists (select ${OPEN_IDS}) as left
     from backfills b where b.inbox_id = $1 and b.n = $2`,
    [inboxId, n],
  );
  return one(rows).left;
};

/** Seen by the backfill, and without a verdict or with one that says "failed". */
const OPEN_IDS = `
  from backfill_ids s
  left join verdicts d on d.inbox_id = s.inbox_id and d.provider_message_id = s.provider_message_id
  where s.inbox_id = $1 and s.n = $2 and (d.kind is null or d.kind = 'failed')`;

/**
 * The backfill itself or the nearest one it replays that was planned: one that ended before its plan
 * has left neither slices nor ids. @returns null when none was: all of it is still to do
 */
export const plannedOf = async (tx: InboxTx, n: number): Promise<number | null> =>
  (await runsUpTo(tx, n)).findLast(({ plannedAt }) => plannedAt !== null)?.n ?? null;

/** Fixes what a replay does: the slices that the replayed one left open, and its open ids. */
export const planReplay = async (tx: InboxTx, n: number, replays: number): Promise<void> => {
  const planned = await tx.sql(
    `update backfills r set planned_at = now(), state = 'running',
       planned_version = coalesce((select version from contact_books), 0)
     where r.inbox_id = app_inbox() and r.n = $1 and r.planned_at is null and r.state = 'requested'
     returning n`,
    [n],
  );
  if (planned.length === 0) return;
  await tx.sql(
    `insert into backfill_slices (inbox_id, n, ordinal, window_from, window_to, address_ids,
       headers_first)
     select inbox_id, $1, row_number() over (order by ordinal) - 1, window_from, window_to,
       address_ids, headers_first
     from backfill_slices where inbox_id = app_inbox() and n = $2 and not done`,
    [n, replays],
  );
  await tx.sql(
    `insert into backfill_ids (inbox_id, n, provider_message_id)
     select s.inbox_id, $3, s.provider_message_id ${OPEN_IDS}`,
    [tx.inbox.id, replays, n],
  );
};

/** Ids noted for a backfill that nobody has decided on since its plan, in their order. */
export const notedIds = async (
  tx: InboxTx,
  n: number,
  { plannedAt, after, limit }: { plannedAt: number; after: string; limit: number },
): Promise<string[]> => {
  const rows = await tx.sql<{ id: string }>(
    `select s.provider_message_id as id
     from backfill_ids s
     left join verdicts d on d.inbox_id = s.inbox_id and d.provider_message_id = s.provider_message_id
     where s.inbox_id = app_inbox() and s.n = $1 and s.provider_message_id > $3
       and (d.kind is null or (d.kind <> 'stored' and d.decided_at < $2))
     order by s.provider_message_id limit $4`,
    [n, at(plannedAt), after, limit],
  );
  return rows.map(({ id }) => id);
};
