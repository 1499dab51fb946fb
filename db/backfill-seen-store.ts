import { type InboxTx, one, type Tx } from './tx.ts';
import { byText } from './values.ts';

/** Puts the listed ids on record before anything is fetched, so that none can go missing (B2). */
export const noteSeen = (tx: InboxTx, n: number, ids: readonly string[]): void => {
  if (ids.length === 0) return;
  tx.send(
    `insert into backfill_ids (inbox_id, n, provider_message_id)
     select app_inbox(), $1, id from unnest($2::text[]) as id
     on conflict do nothing`,
    [n, [...new Set(ids)].sort(byText)],
  );
};

export interface BackfillProgress {
  slices: number;
  slicesDone: number;
  seen: number;
  stored: number;
  skipped: number;
  failed: number;
  gone: number;
}

export const progress = (tx: InboxTx, n: number): Promise<BackfillProgress> =>
  progressOf(tx, tx.inbox.id, n);

export const progressOf = async (tx: Tx, inboxId: string, n: number): Promise<BackfillProgress> => {
  const rows = await tx.sql<BackfillProgress>(
    `select
       (select count(*)::int from backfill_slices where inbox_id = $1 and n = $2) as slices,
       (select count(*)::int from backfill_slices where inbox_id = $1 and n = $2 and done)
         as "slicesDone",
       count(*)::int as seen,
       count(*) filter (where d.kind = 'stored')::int as stored,
       count(*) filter (where d.kind = 'skipped')::int as skipped,
       count(*) filter (where d.kind = 'failed')::int as failed,
       count(*) filter (where d.kind = 'gone')::int as gone
     from backfill_ids b
     left join verdicts d
       on d.inbox_id = b.inbox_id and d.provider_message_id = b.provider_message_id
     where b.inbox_id = $1 and b.n = $2`,
    [inboxId, n],
  );
  return one(rows);
};
