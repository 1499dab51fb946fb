import type { Rig } from './rig.ts';

interface Receipt {
  /** Epoch ms. */
  requestedAt: number;
  keyDestroyedAt: number | null;
  finishedAt: number | null;
  messagesDeleted: number;
}

/** The receipt of a deletion, by the clock of Postgres. */
export async function receiptOf({ db }: Rig, deletionId: string): Promise<Receipt> {
  const { rows } = await db.query<
    Record<'requested' | 'destroyed' | 'finished' | 'deleted', string>
  >(
    `select extract(epoch from requested_at) * 1000 as requested,
       extract(epoch from key_destroyed_at) * 1000 as destroyed,
       extract(epoch from finished_at) * 1000 as finished, messages_deleted as deleted
     from deletions where id = $1`,
    [deletionId],
  );
  const [row] = rows;
  if (!row) throw new Error(`there is no deletion ${deletionId}`);
  const orNull = (ms: string | null): number | null => (ms === null ? null : Number(ms));
  return {
    requestedAt: Number(row.requested),
    keyDestroyedAt: orNull(row.destroyed),
    finishedAt: orNull(row.finished),
    messagesDeleted: Number(row.deleted),
  };
}
