import type { Tx } from './tx.ts';

/** The state of the whole deployment in numbers; in `asOps`. */
export const readState = async (tx: Tx) => {
  const [inboxes, backfills, [rest]] = await Promise.all([
    tx.sql<{ status: string; count: number }>(
      'select status, count(*)::int as count from inboxes group by 1',
    ),
    tx.sql<{ state: string; count: number }>(
      `select state, count(*)::int as count from backfills
       where state in ('requested', 'running') group by 1`,
    ),
    tx.sql<Totals>(TOTALS),
  ]);
  if (!rest) throw new Error('Postgres answered no totals.');
  return { inboxes, backfills, ...rest };
};

interface Totals {
  failedBackfills: number;
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
    (select count(*)::int from backfills b where b.state in ('failed', 'completed_with_failures')
       and not exists (select from backfills r where r.inbox_id = b.inbox_id and r.replays = b.n)
    ) as "failedBackfills",
    (select count(*)::int from gaps where closed_at is null) as "openGaps",
    (select ${age('opened_at')} from gaps where closed_at is null) as "oldestGapSeconds",
    (select count(*)::int from workflow_commands) as "untoldCommands",
    (select ${age('created_at')} from workflow_commands) as "oldestCommandSeconds",
    (select count(*)::int from inboxes where problem is not null) as "inboxesWithProblem"`;
