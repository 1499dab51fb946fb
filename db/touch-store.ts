import type { InboxTx, Tx } from './tx.ts';

/** How much of an inbox was touched: shown to its user (B1). */
export interface Touches {
  calls: number;
  units: number;
  idsListed: number;
  headsRead: number;
  bodiesRead: number;
}

/** Last in its transaction: all of an inbox's workers write this one row. */
export const addTouches = (
  tx: InboxTx,
  { calls = 0, units = 0, idsListed = 0, headsRead = 0, bodiesRead = 0 }: Partial<Touches>,
): void => {
  tx.send(
    `insert into touches as t (inbox_id, calls, units, ids_listed, heads_read, bodies_read)
     values (app_inbox(), $1, $2, $3, $4, $5)
     on conflict (inbox_id) do update set calls = t.calls + excluded.calls,
       units = t.units + excluded.units, ids_listed = t.ids_listed + excluded.ids_listed,
       heads_read = t.heads_read + excluded.heads_read,
       bodies_read = t.bodies_read + excluded.bodies_read`,
    [calls, units, idsListed, headsRead, bodiesRead],
  );
};

export const readTouches = async (tx: Tx, inboxId: string): Promise<Touches> => {
  const [row] = await tx.sql<Record<keyof Touches, string>>(
    `select calls, units, ids_listed as "idsListed", heads_read as "headsRead",
       bodies_read as "bodiesRead"
     from touches where inbox_id = $1`,
    [inboxId],
  );
  return {
    calls: Number(row?.calls ?? 0),
    units: Number(row?.units ?? 0),
    idsListed: Number(row?.idsListed ?? 0),
    headsRead: Number(row?.headsRead ?? 0),
    bodiesRead: Number(row?.bodiesRead ?? 0),
  };
};
