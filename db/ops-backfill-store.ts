import type { BackfillKind, BackfillState, InboxStatus, Provider } from '../domain/inbox.ts';
import type { Verdict } from '../domain/verdict.ts';
import { type BackfillRecord, type BackfillRow, toBackfillRow } from './backfill-store.ts';
import { at } from './time.ts';
import type { Tx } from './tx.ts';

/** A backfill with whose it is. Read in `asOps`. */
export interface OpsBackfill extends BackfillRow {
  inboxId: string;
  orgId: string;
  userId: string;
  provider: Provider;
  inboxStatus: InboxStatus;
  epoch: number;
  /** The run that goes through its failures again, if one does. */
  replayedBy: number | null;
  slices: number;
  slicesDone: number;
}

export interface BackfillFilter {
  /** Ended without everything that a replay may bring, and none was asked for yet. */
  toReplay?: boolean | undefined;
  state?: BackfillState | undefined;
  kind?: BackfillKind | undefined;
  inboxId?: string | undefined;
  orgId?: string | undefined;
  /** Only those asked for before this one. */
  before?: { requestedAt: number; inboxId: string; n: number } | undefined;
  limit: number;
}

/** Of a backfill `b`. What is too large fails again: runs with nothing else open are done with. */
export const TO_REPLAY = `
  b.state in ('failed', 'completed_with_failures')
  and not exists (select from backfills where inbox_id = b.inbox_id and replays = b.n)
  and (b.state = 'failed' or exists (
    select from backfill_ids s
    left join verdicts d
      on d.inbox_id = s.inbox_id and d.provider_message_id = s.provider_message_id
    where s.inbox_id = b.inbox_id and s.n = b.n
      and (d.kind is null or (d.kind = 'failed' and d.reason is distinct from 'too_large'))))`;

/** Newest first. */
export const listOpsBackfills = async (tx: Tx, filter: BackfillFilter): Promise<OpsBackfill[]> => {
  const { toReplay, state, kind, inboxId, orgId, before, limit } = filter;
  const rows = await tx.sql<OpsBackfillRecord>(
    `${BACKFILLS}
     where ($1::text is null or b.state = $1) and ($2::text is null or b.kind = $2)
       and ($3::uuid is null or b.inbox_id = $3) and ($4::text is null or i.org_id = $4)
       and (not $5 or (${TO_REPLAY}))
       and ($6::timestamptz is null or (b.requested_at, b.inbox_id, b.n) < ($6, $7::uuid, $8::int))
     order by b.requested_at desc, b.inbox_id desc, b.n desc limit $9`,
    [
      ...[state ?? null, kind ?? null, inboxId ?? null, orgId ?? null, toReplay ?? false],
      ...[before ? at(before.requestedAt) : null, before?.inboxId ?? null, before?.n ?? null],
      limit,
    ],
  );
  return rows.map(toOpsBackfill);
};

/** @returns null when there is none */
export const getOpsBackfill = async (
  tx: Tx,
  inboxId: string,
  n: number,
): Promise<OpsBackfill | null> => {
  const [row] = await tx.sql<OpsBackfillRecord>(`${BACKFILLS} where b.inbox_id = $1 and b.n = $2`, [
    inboxId,
    n,
  ]);
  return row ? toOpsBackfill(row) : null;
};

/** How many of what was seen have this verdict, as of now; `kind` null: none yet. */
export interface SeenCount {
  kind: Verdict['kind'] | null;
  /** The code of those that failed. */
  code: string | null;
  count: number;
}

/** What has become of everything that a backfill and the runs that replay it have seen. */
export const countSeenSince = (tx: Tx, inboxId: string, n: number): Promise<SeenCount[]> =>
  tx.sql(
    `with recursive chain as (
       select n from backfills where inbox_id = $1 and n = $2
       union all
       select r.n from backfills r join chain c on r.replays = c.n where r.inbox_id = $1
     )
     select d.kind, case when d.kind = 'failed' then d.reason end as code,
       count(distinct b.provider_message_id)::int as count
     from backfill_ids b
     left join verdicts d on d.inbox_id = b.inbox_id and d.provider_message_id = b.provider_message_id
     where b.inbox_id = $1 and b.n in (select n from chain) group by 1, 2 order by 3 desc`,
    [inboxId, n],
  );

const BACKFILLS = `
  select b.*, i.org_id, i.user_id, i.provider, i.status as inbox_status, i.epoch,
    r.n as replayed_by, s.slices, s.slices_done
  from backfills b
  join inboxes i on i.id = b.inbox_id
  left join backfills r on r.inbox_id = b.inbox_id and r.replays = b.n
  cross join lateral (
    select count(*)::int as slices, count(*) filter (where done)::int as slices_done
    from backfill_slices where inbox_id = b.inbox_id and n = b.n) s`;

interface OpsBackfillRecord extends BackfillRecord {
  inbox_id: string;
  org_id: string;
  user_id: string;
  provider: Provider;
  inbox_status: InboxStatus;
  epoch: number;
  replayed_by: number | null;
  slices: number;
  slices_done: number;
}

const toOpsBackfill = (record: OpsBackfillRecord): OpsBackfill => ({
  ...toBackfillRow(record),
  inboxId: record.inbox_id,
  orgId: record.org_id,
  userId: record.user_id,
  provider: record.provider,
  inboxStatus: record.inbox_status,
  epoch: record.epoch,
  replayedBy: record.replayed_by,
  slices: record.slices,
  slicesDone: record.slices_done,
});
