import type { InboxProblem, InboxStatus, Provider, ReconnectReason } from '../domain/inbox.ts';
import type { Verdict } from '../domain/verdict.ts';
import { TO_REPLAY } from './ops-backfill-store.ts';
import { at, msOf, msOrNull } from './time.ts';
import type { Tx } from './tx.ts';

/** An inbox as operators see it: ids, states, times and counts. Read in `asOps`. */
export interface OpsInbox {
  id: string;
  orgId: string;
  userId: string;
  provider: Provider;
  status: InboxStatus;
  epoch: number;
  reconnectReason: ReconnectReason | null;
  problem: InboxProblem | null;
  createdAt: number;
  connectedAt: number;
  disconnectedAt: number | null;
  /** Everything the provider accepted before this moment has been seen. */
  syncedAt: number | null;
  watchExpiresAt: number | null;
  pushedAt: number | null;
  openGaps: number;
  /** Ended without everything that a replay may bring, and not gone through again since. */
  failedBackfills: number;
}

export interface InboxFilter {
  status?: InboxStatus | undefined;
  orgId?: string | undefined;
  /** Only those older than this one. */
  before?: { createdAt: number; id: string } | undefined;
  limit: number;
}

/** Newest first. */
export const listOpsInboxes = async (
  tx: Tx,
  { status, orgId, before, limit }: InboxFilter,
): Promise<OpsInbox[]> => {
  const rows = await tx.sql<OpsInboxRecord>(
    `${INBOXES} where ($1::text is null or i.status = $1) and ($2::text is null or i.org_id = $2)
       and ($3::timestamptz is null or (i.created_at, i.id) < ($3, $4::uuid))
     order by i.created_at desc, i.id desc limit $5`,
    [
      status ?? null,
      orgId ?? null,
      before ? at(before.createdAt) : null,
      before?.id ?? null,
      limit,
    ],
  );
  return rows.map(toOpsInbox);
};

/** How many there are by state; a state that no inbox is in is left out. */
export const countInboxes = async (
  tx: Tx,
  { orgId }: Pick<InboxFilter, 'orgId'> = {},
): Promise<{ status: InboxStatus; count: number }[]> =>
  tx.sql(
    `select status, count(*)::int as count from inboxes
     where ($1::text is null or org_id = $1) group by 1`,
    [orgId ?? null],
  );

/** @returns null when there is none */
export const getOpsInbox = async (tx: Tx, id: string): Promise<OpsInbox | null> => {
  const [row] = await tx.sql<OpsInboxRecord>(`${INBOXES} where i.id = $1`, [id]);
  return row ? toOpsInbox(row) : null;
};

/** How many provider messages have which verdict; `reason` for the skipped and failed ones. */
export const countVerdicts = (
  tx: Tx,
  inboxId: string,
): Promise<{ kind: Verdict['kind']; reason: string | null; count: number }[]> =>
  tx.sql(
    `select kind, reason, count(*)::int as count from verdicts where inbox_id = $1
     group by 1, 2 order by 3 desc`,
    [inboxId],
  );

const INBOXES = `
  select i.id, i.org_id, i.user_id, i.provider, i.status, i.epoch, i.reconnect_reason, i.problem, i.created_at,
    i.connected_at, i.disconnected_at, c.synced_at, c.watch_expires_at, c.pushed_at,
    (select count(*)::int from gaps g where g.inbox_id = i.id and g.closed_at is null) as open_gaps,
    (select count(*)::int from backfills b
     where b.inbox_id = i.id and ${TO_REPLAY}) as failed_backfills
  from inboxes i left join sync_cursors c on c.inbox_id = i.id`;

interface OpsInboxRecord {
  id: string;
  org_id: string;
  user_id: string;
  provider: Provider;
  status: InboxStatus;
  epoch: number;
  reconnect_reason: ReconnectReason | null;
  problem: InboxProblem | null;
  created_at: string;
  connected_at: string;
  disconnected_at: string | null;
  synced_at: string | null;
  watch_expires_at: string | null;
  pushed_at: string | null;
  open_gaps: number;
  failed_backfills: number;
}

const toOpsInbox = (record: OpsInboxRecord): OpsInbox => ({
  id: record.id,
  orgId: record.org_id,
  userId: record.user_id,
  provider: record.provider,
  status: record.status,
  epoch: record.epoch,
  reconnectReason: record.reconnect_reason,
  problem: record.problem,
  createdAt: msOf(record.created_at),
  connectedAt: msOf(record.connected_at),
  disconnectedAt: msOrNull(record.disconnected_at),
  syncedAt: msOrNull(record.synced_at),
  watchExpiresAt: msOrNull(record.watch_expires_at),
  pushedAt: msOrNull(record.pushed_at),
  openGaps: record.open_gaps,
  failedBackfills: record.failed_backfills,
});
