import { TO_REPLAY } from './ops-backfill-store.ts';
import { countInboxes } from './ops-inbox-store.ts';
import type { Tx } from './tx.ts';

/** The state of the whole deployment in numbers; in `asOps`. */
export const readState = async (tx: Tx) => {
  const [inboxes, backfills, gaps, [rest]] = await Promise.all([
    countInboxes(tx),
    tx.sql<{ state: string; count: number }>(
      `select state, count(*)::int as count from backfills
       where state in ('requested', 'running') group by 1`,
    ),
    tx.sql<{ cause: string; count: number }>(
      `select cause, count(*)::int as count from gaps
       where opened_at > now() - interval '1 day' group by 1`,
    ),
    tx.sql<Totals>(TOTALS),
  ]);
  if (!rest) throw new Error('Postgres answered no totals.');
  return { inboxes, backfills, gaps, ...rest };
};

interface Totals {
  failedBackfills: number;
  unsyncedSeconds: number;
  openGaps: number;
  oldestGapSeconds: number;
  untoldCommands: number;
  oldestCommandSeconds: number;
  inboxesWithProblem: number;
}

const age = (column: string): string =>
  `coalesce(extract(epoch from now() - min(${column})), 0)::float`;

const TOTALS = `
  select
    (select count(*)::int from backfills b join inboxes i on i.id = b.inbox_id
     where i.status = 'connected' and ${TO_REPLAY}) as "failedBackfills",
    (select ${age('c.synced_at')} from sync_cursors c join inboxes i on i.id = c.inbox_id
     where i.status = 'connected' and i.problem is null) as "unsyncedSeconds",
    (select count(*)::int from gaps where closed_at is null) as "openGaps",
    (select ${age('opened_at')} from gaps where closed_at is null) as "oldestGapSeconds",
    (select count(*)::int from workflow_commands) as "untoldCommands",
    (select ${age('created_at')} from workflow_commands) as "oldestCommandSeconds",
    (select count(*)::int from inboxes where problem is not null) as "inboxesWithProblem"`;
