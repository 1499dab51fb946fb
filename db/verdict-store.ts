import type { FailureCode, SkipReason, Verdict } from '../domain/verdict.ts';
import { at, msOf, msOrNull } from './time.ts';
import type { Tx } from './tx.ts';

/** The answer to "why isn't this email here?" (B3). */
export interface FoundVerdict {
  providerMessageId: string;
  kind: Verdict['kind'];
  reason: SkipReason | FailureCode | null;
  receivedAt: number | null;
  decidedAt: number;
  /** The stored message, if it is. */
  messageId: string | null;
  /** On whose timelines it is. */
  contacts: { id: string; name: string }[];
}

/** Several, when the same email lies in the mailbox more than once. */
export const findVerdictsByRfcId = (
  tx: Tx,
  inboxId: string,
  rfcIdHash: Buffer,
): Promise<FoundVerdict[]> =>
  find(tx, 'd.inbox_id = $1 and d.rfc_id_hash = $2', [inboxId, rfcIdHash]);

/** Received in [from, to), newest first, at most 50. */
export const findVerdictsBySender = (
  tx: Tx,
  inboxId: string,
  { senderHash, from, to }: { senderHash: Buffer; from: number; to: number },
): Promise<FoundVerdict[]> =>
  find(
    tx,
    'd.inbox_id = $1 and d.sender_hash = $2 and d.received_at >= $3 and d.received_at < $4',
    [inboxId, senderHash, at(from), at(to)],
  );

const find = async (tx: Tx, where: string, params: unknown[]): Promise<FoundVerdict[]> => {
  const rows = await tx.sql<{
    provider_message_id: string;
    kind: Verdict['kind'];
    reason: SkipReason | FailureCode | null;
    received_at: string | null;
    decided_at: string;
    message_id: string | null;
    contacts: FoundVerdict['contacts'];
  }>(
    `select d.*, m.id as message_id,
       (select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name) order by c.id), '[]')
        from message_contacts l join contacts c on c.org_id = l.org_id and c.id = l.contact_id
        where l.message_id = m.id) as contacts
     from verdicts d
     left join messages m
       on m.inbox_id = d.inbox_id and m.provider_message_id = d.provider_message_id
     where ${where} order by d.received_at desc nulls last, d.provider_message_id limit 50`,
    params,
  );
  return rows.map((row) => ({
    providerMessageId: row.provider_message_id,
    kind: row.kind,
    reason: row.reason,
    receivedAt: msOrNull(row.received_at),
    decidedAt: msOf(row.decided_at),
    messageId: row.message_id,
    contacts: row.contacts,
  }));
};

export interface VerdictCounts {
  /** By reason. */
  skipped: Partial<Record<SkipReason, number>>;
  gone: number;
  failed: number;
}

/** Everything the inbox has seen and not stored. */
export const countVerdicts = async (tx: Tx, inboxId: string): Promise<VerdictCounts> => {
  const rows = await tx.sql<{ kind: Verdict['kind']; reason: SkipReason | null; n: number }>(
    `select kind, reason, count(*)::int as n from verdicts
     where inbox_id = $1 and kind <> 'stored' group by kind, reason order by kind, reason`,
    [inboxId],
  );
  const counts: VerdictCounts = { skipped: {}, gone: 0, failed: 0 };
  for (const { kind, reason, n } of rows) {
    if (kind === 'skipped' && reason) counts.skipped[reason] = n;
    else if (kind === 'gone' || kind === 'failed') counts[kind] += n;
  }
  return counts;
};
