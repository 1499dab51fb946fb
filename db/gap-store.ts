import { v7 as uuidv7 } from 'uuid';
import type { GapCause } from '../domain/inbox.ts';
import { at, msOf, msOrNull } from './time.ts';
import type { InboxTx, Tx } from './tx.ts';

/** A stretch of time that sync has not seen; only the backfill that lists it anew closes it (B9). */
export interface Gap {
  id: string;
  cause: GapCause;
  from: number;
  to: number;
  openedAt: number;
  closedAt: number | null;
  /** When what search did not know yet is looked for, where all else is listed. */
  lastLookAt: number | null;
}

export type NewGap = Pick<Gap, 'cause' | 'from' | 'to'>;

/** @returns the gap's id, for the backfill that is to close it */
export const openGap = (tx: InboxTx, gap: NewGap): Promise<string> =>
  insertGap(tx, tx.inbox.id, gap);

export const insertGap = async (tx: Tx, inboxId: string, gap: NewGap): Promise<string> => {
  const id = uuidv7();
  await tx.sql(
    'insert into gaps (id, inbox_id, cause, from_at, to_at) values ($1, $2, $3, $4, $5)',
    [id, inboxId, gap.cause, at(gap.from), at(Math.max(gap.from, gap.to))],
  );
  return id;
};

/** One that has been listed by the time it is known. */
export const closedGap = async (tx: InboxTx, gap: NewGap): Promise<void> => {
  const id = await openGap(tx, gap);
  await tx.sql('update gaps set closed_at = now() where id = $1', [id]);
};

/** Newest first. */
export const listGaps = async (tx: Tx, inboxId: string): Promise<Gap[]> => {
  const rows = await tx.sql<{
    id: string;
    cause: GapCause;
    from_at: string;
    to_at: string;
    opened_at: string;
    closed_at: string | null;
    last_look_at: string | null;
  }>(
    `select g.*, case when g.closed_at is null then (
       select case when bool_and(b.kind = 'recheck' and b.state = 'requested') then min(b.due_at) end
       from backfills b
       where b.inbox_id = g.inbox_id and b.gap_id = g.id and b.state in ('requested', 'running')
     ) end as last_look_at
     from gaps g where inbox_id = $1 order by opened_at desc, id desc`,
    [inboxId],
  );
  return rows.map((row) => ({
    id: row.id,
    cause: row.cause,
    from: msOf(row.from_at),
    to: msOf(row.to_at),
    openedAt: msOf(row.opened_at),
    closedAt: msOrNull(row.closed_at),
    lastLookAt: msOrNull(row.last_look_at),
  }));
};

/**
 * The gap of this cause that is open and has no backfill yet, reaching up to `to` now.
 * @returns null when there is none
 */
export const extendWaitingGap = async (
  tx: Tx,
  inboxId: string,
  { cause, to }: { cause: GapCause; to: number },
): Promise<{ id: string; from: number } | null> => {
  const [row] = await tx.sql<{ id: string; from_at: string }>(
    `update gaps set to_at = greatest(to_at, $3::timestamptz)
     where id = (
       select id from gaps g where inbox_id = $1 and cause = $2 and closed_at is null
         and not exists (select from backfills b where b.inbox_id = $1 and b.gap_id = g.id)
       order by opened_at limit 1)
     returning id, from_at`,
    [inboxId, cause, at(to)],
  );
  return row ? { id: row.id, from: msOf(row.from_at) } : null;
};
