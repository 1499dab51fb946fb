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

/** Newest first. */
export const listGaps = async (tx: Tx, inboxId: string): Promise<Gap[]> => {
  const rows = await tx.sql<{
    id: string;
    cause: GapCause;
    from_at: string;
    to_at: string;
    opened_at: string;
    closed_at: string | null;
  }>('select * from gaps where inbox_id = $1 order by opened_at desc, id desc', [inboxId]);
  return rows.map((row) => ({
    id: row.id,
    cause: row.cause,
    from: msOf(row.from_at),
    to: msOf(row.to_at),
    openedAt: msOf(row.opened_at),
    closedAt: msOrNull(row.closed_at),
  }));
};
