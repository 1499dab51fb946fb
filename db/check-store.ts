import type { Database } from './database.ts';
import { at, msOrNull } from './time.ts';
import { type InboxTx, one } from './tx.ts';

/** Dates of the mail that a check has stored, which nobody had seen before it; null when none. */
export const missedBefore = async (
  tx: InboxTx,
  n: number,
  plannedAt: number,
): Promise<{ from: number; to: number } | null> => {
  const rows = await tx.sql<{ from_at: string | null; to_at: string | null }>(
    `select min(d.received_at) as from_at, max(d.received_at) as to_at
     from backfill_ids s
     join verdicts d on d.inbox_id = s.inbox_id and d.provider_message_id = s.provider_message_id
     where s.inbox_id = app_inbox() and s.n = $1 and d.kind = 'stored' and d.decided_at >= $2`,
    [n, at(plannedAt)],
  );
  const { from_at, to_at } = one(rows);
  const from = msOrNull(from_at);
  const to = msOrNull(to_at);
  return from === null || to === null ? null : { from, to: to + 1 };
};

/** A check sees every id of the window each night; its receipt has the counts. */
export const forgetSeen = async (tx: InboxTx, n: number): Promise<void> => {
  await tx.sql(
    `delete from backfill_ids s where s.inbox_id = app_inbox() and s.n = $1 and not exists (
       select from backfills b where b.inbox_id = s.inbox_id and b.n = s.n
         and b.state = 'completed_with_failures')`,
    [n],
  );
};

/**
 * Asks for a completeness check, `windowMs` back, of connected inboxes that had none for `everyMs`, at
 * most `limit`.
 * @returns how many were asked for
 */
export const requestChecks = async (
  database: Database,
  { everyMs, limit, windowMs }: { everyMs: number; limit: number; windowMs: number },
): Promise<number> => {
  const rows = await database.statement<{ asked: number }>(
    `select request_checks($1 * interval '1 millisecond', $2, $3 * interval '1 millisecond')
       as asked`,
    [everyMs, limit, windowMs],
  );
  return one(rows).asked;
};

export interface Drift {
  kind: 'missing_workflow' | 'orphan_workflow' | 'watch_expiring' | 'unknown_inbox';
  inboxId: string;
  /** Null where there is no inbox. */
  epoch: number | null;
}

/**
 * What differs between the inboxes and the workflows that run. All but `unknown_inbox` is mended by
 * commands that this writes.
 */
export const reconcileInboxes = (
  database: Database,
  { running, watchWithinMs }: { running: readonly string[]; watchWithinMs: number },
): Promise<Drift[]> =>
  database.statement<Drift>(
    `select drift as kind, drifted as "inboxId", drifted_epoch as epoch
     from reconcile_inboxes($1, $2 * interval '1 millisecond')`,
    [running, watchWithinMs],
  );
