import type { BackfillKind, BackfillState } from '../domain/inbox.ts';
import { buildReceipt, type ReceiptCounts } from '../domain/receipt.ts';
import type { FailureCode, Receipt, SkipReason, Verdict } from '../domain/verdict.ts';
import { BackfillStateError } from './errors.ts';
import { recordEvent } from './event-store.ts';
import type { InboxTx } from './tx.ts';

export interface FinishedBackfill {
  state: 'completed' | 'completed_with_failures';
  receipt: Receipt;
}

/**
 * Counts what became of every id the backfill has seen, and closes its gap. The receipt is frozen:
 * asked again, it answers the same, whatever has become of those messages since.
 * @throws BackfillStateError cancelled, unknown, not planned, or slices are left
 */
export const finishBackfill = async (
  tx: InboxTx,
  n: number,
  { closesGap }: { closesGap: boolean },
): Promise<FinishedBackfill> => {
  const [backfill] = await tx.sql<{
    kind: BackfillKind;
    state: BackfillState;
    gap_id: string | null;
    receipt: Receipt | null;
  }>(
    'select kind, state, gap_id, receipt from backfills where inbox_id = app_inbox() and n = $1 for update',
    [n],
  );
  if (!backfill) throw new BackfillStateError(n, 'is unknown');
  const { receipt: frozen } = backfill;
  if (frozen) return { state: stateOf(frozen), receipt: frozen };
  if (backfill.state !== 'running')
    throw new BackfillStateError(n, 'cannot be finished', backfill.state);
  const left = await tx.sql(
    'select from backfill_slices where inbox_id = app_inbox() and n = $1 and not done limit 1',
    [n],
  );
  if (left.length > 0) throw new BackfillStateError(n, 'has slices left', backfill.state);

  const { receipt } = await countSeen(tx, [n]);
  const state = stateOf(receipt);
  await tx.sql(
    `update backfills set state = $2, finished_at = now(), receipt = $3
     where inbox_id = app_inbox() and n = $1`,
    [n, state, JSON.stringify(receipt)],
  );
  // A gap with ids that nobody decided on is not closed: they are in it (I1).
  if (backfill.gap_id && closesGap && receipt.missing === 0) {
    await tx.sql(
      'update gaps set closed_at = now() where inbox_id = app_inbox() and id = $1 and closed_at is null',
      [backfill.gap_id],
    );
  }
  await tell(tx, 'backfill.completed', { n, kind: backfill.kind, state, receipt });
  return { state, receipt };
};

const stateOf = ({ failed, missing }: Receipt): FinishedBackfill['state'] =>
  failed === 0 && missing === 0 ? 'completed' : 'completed_with_failures';

/** Ends a backfill that cannot go on, by this type of failure; its gap stays open. */
export const failBackfill = async (tx: InboxTx, n: number, failure: string): Promise<void> => {
  const { receipt } = await countSeen(tx, [n]);
  const [failed] = await tx.sql<{ kind: BackfillKind }>(
    `update backfills set state = 'failed', finished_at = now(), receipt = $2, failure = $3
     where inbox_id = app_inbox() and n = $1 and state in ('requested', 'running') returning kind`,
    [n, JSON.stringify(receipt), failure],
  );
  if (failed) await tell(tx, 'backfill.failed', { n, kind: failed.kind, state: 'failed', receipt });
};

/** A recheck is part of the backfill before it: nobody waits for it. */
const tell = async (
  tx: InboxTx,
  type: 'backfill.completed' | 'backfill.failed',
  facts: { n: number; kind: BackfillKind; state: BackfillState; receipt: Receipt },
): Promise<void> => {
  if (type === 'backfill.completed' && facts.kind === 'recheck') return;
  await recordEvent(tx, { type, inboxId: tx.inbox.id, facts });
};

export interface CountedReceipt {
  receipt: Receipt;
  failures: Partial<Record<FailureCode, number>>;
}

/** By the verdicts of now, each id once, whichever of these runs have seen it. */
export const countSeen = async (tx: InboxTx, ns: readonly number[]): Promise<CountedReceipt> => {
  const groups = await tx.sql<{
    kind: Verdict['kind'] | null;
    reason: string | null;
    ids: number;
    added: number;
  }>(
    `select d.kind, d.reason, count(distinct b.provider_message_id)::int as ids,
       count(distinct b.provider_message_id) filter (where d.kind = 'stored' and d.decided_at >= (
         select min(requested_at) from backfills where inbox_id = app_inbox() and n = any($1::int[])
       ))::int as added
     from backfill_ids b
     left join verdicts d
       on d.inbox_id = b.inbox_id and d.provider_message_id = b.provider_message_id
     where b.inbox_id = app_inbox() and b.n = any($1::int[]) group by 1, 2`,
    [ns],
  );
  const counts: Required<ReceiptCounts> = {
    ...{ seen: 0, stored: 0, skipped: {}, gone: 0, failed: 0, added: 0 },
  };
  const failures: CountedReceipt['failures'] = {};
  for (const { kind, reason, ids, added } of groups) {
    counts.seen += ids;
    counts.added += added;
    if (kind === 'failed') failures[reason as FailureCode] = ids;
    if (kind === 'skipped') counts.skipped[reason as SkipReason] = ids;
    else if (kind !== null) counts[kind] += ids;
  }
  return { receipt: buildReceipt(counts), failures };
};
