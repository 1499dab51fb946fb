import { v7 as uuidv7 } from 'uuid';
import { endFlowsOf } from './flow-store.ts';
import { lockInbox } from './inbox-lock.ts';
import { at, msOf, msOrNull } from './time.ts';
import { type InboxTx, one, type Tx } from './tx.ts';

/**
 * `queued`: no call has left. `sending`: one may have. `unknown`: one may have, and it was not found
 * at the provider; it is never sent again by itself.
 */
export type OutgoingState = 'queued' | 'sending' | 'sent' | 'unknown' | 'failed' | 'cancelled';

/** Why it was not sent; a closed set, part of the API. */
export type OutgoingFailure =
  | 'refused'
  | 'permission_missing'
  | 'access_lost'
  | 'expired'
  | 'sending_turned_off'
  | 'inbox_not_connected';

export interface OutgoingRow {
  id: string;
  inboxId: string;
  idempotencyKey: string;
  requestHash: Buffer;
  state: OutgoingState;
  rfcMessageId: string;
  providerThreadId: string | null;
  providerMessageId: string | null;
  failure: OutgoingFailure | null;
  /** To, Cc and Bcc together. */
  recipients: number;
  createdAt: number;
  dueAt: number;
  attemptedAt: number | null;
  settledAt: number | null;
  /** When what became of the copy that the mailbox keeps was known. */
  copiedAt: number | null;
}

export const newOutgoingId = (): string => uuidv7();

/** @returns false when the key is taken */
export const insertOutgoing = async (
  tx: Tx,
  row: Pick<
    OutgoingRow,
    | 'id'
    | 'inboxId'
    | 'idempotencyKey'
    | 'requestHash'
    | 'rfcMessageId'
    | 'providerThreadId'
    | 'recipients'
  > & { contentCt: Buffer },
): Promise<boolean> => {
  const inserted = await tx.sql(
    `insert into outgoing_messages (id, inbox_id, idempotency_key, request_hash, state, content_ct,
       rfc_message_id, provider_thread_id, recipients)
     values ($1, $2, $3, $4, 'queued', $5, $6, $7, $8)
     on conflict (inbox_id, idempotency_key) do nothing returning id`,
    [
      row.id,
      row.inboxId,
      row.idempotencyKey,
      row.requestHash,
      row.contentCt,
      row.rfcMessageId,
      row.providerThreadId,
      row.recipients,
    ],
  );
  return inserted.length === 1;
};

/** Content may be 20 MB: it is read only to be sent or exported. */
const WITHOUT_CONTENT = `id, inbox_id, idempotency_key, request_hash, state, rfc_message_id,
  provider_thread_id, provider_message_id, failure, recipients, created_at, due_at, attempted_at,
  settled_at, copied_at`;

export const findOutgoing = async (
  tx: Tx,
  inboxId: string,
  by: { id: string } | { idempotencyKey: string },
): Promise<OutgoingRow | null> => {
  const [column, value] = 'id' in by ? ['id', by.id] : ['idempotency_key', by.idempotencyKey];
  const [record] = await tx.sql<OutgoingRecord>(
    `select ${WITHOUT_CONTENT} from outgoing_messages where inbox_id = $1 and ${column} = $2`,
    [inboxId, value],
  );
  return record ? toOutgoing(record) : null;
};

/**
 * Of an inbox, newest first.
 * @param before epoch ms of acceptance and id of the row that they lie behind
 * @param unsent whether to leave out what was sent, or cancelled by its user
 */
export const listOutgoingPage = async (
  tx: Tx,
  inboxId: string,
  {
    before,
    unsent,
    limit,
  }: { before: [number, string] | undefined; unsent: boolean; limit: number },
): Promise<OutgoingRow[]> => {
  const records = await tx.sql<OutgoingRecord>(
    `select ${WITHOUT_CONTENT} from outgoing_messages
     where inbox_id = $1 and ($2::timestamptz is null or (created_at, id) < ($2, $3::uuid))
       and not ($4 and (state = 'sent' or state = 'cancelled' and failure is null))
     order by created_at desc, id desc limit $5`,
    [inboxId, before && at(before[0]), before?.[1], unsent, limit],
  );
  return records.map(toOutgoing);
};

/** All of an inbox, oldest first, with what is still there of their content. */
export const listOutgoing = async (
  tx: Tx,
  inboxId: string,
): Promise<(OutgoingRow & { contentCt: Buffer | null })[]> => {
  const records = await tx.sql<OutgoingRecord & { content_ct: Buffer | null }>(
    'select * from outgoing_messages where inbox_id = $1 order by created_at, id',
    [inboxId],
  );
  return records.map((record) => ({ ...toOutgoing(record), contentCt: record.content_ct }));
};

/**
 * Recipients of the last day who were written to or may be.
 * @returns also when the last one was accepted that must leave the day before as many more as are
 *   asked for fit into `limit`; null: they never will
 */
export const recipientsOfDay = async (
  tx: Tx,
  inboxId: string,
  { asked, limit }: { asked: number; limit: number },
): Promise<{ written: number; lastToLeaveAt: number | null }> => {
  const row = one(
    await tx.sql<{ written: number; last_to_leave: string | null }>(
      `select coalesce(max(freed), 0)::int as written,
         min(created_at) filter (where freed >= total + $2 - $3) as last_to_leave
       from (select created_at, sum(recipients) over (order by created_at, id) as freed,
               sum(recipients) over () as total
             from outgoing_messages
             where inbox_id = $1 and created_at > now() - interval '1 day'
               and state not in ('failed', 'cancelled')) day`,
      [inboxId, asked, limit],
    ),
  );
  return { written: row.written, lastToLeaveAt: msOrNull(row.last_to_leave) };
};

/**
 * Claims the one attempt, before the call.
 * @returns `outgoing_messages.content_ct`; null when somebody else has claimed it, or it is settled
 */
export const claimAttempt = async (tx: InboxTx, id: string): Promise<Buffer | null> => {
  const [claimed] = await tx.sql<{ contentCt: Buffer }>(
    `update outgoing_messages set state = 'sending', attempted_at = now()
     where id = $1 and inbox_id = app_inbox() and state = 'queued'
     returning content_ct as "contentCt"`,
    [id],
  );
  return claimed?.contentCt ?? null;
};

/** As its user: one that no attempt has claimed. @returns whether it was, and is cancelled now */
export const cancelOutgoing = async (tx: Tx, inboxId: string, id: string): Promise<boolean> => {
  const rows = await tx.sql(
    `update outgoing_messages set state = 'cancelled', settled_at = now(), content_ct = null
     where inbox_id = $1 and id = $2 and state = 'queued' returning id`,
    [inboxId, id],
  );
  return rows.length === 1;
};

/** The provider has surely not taken it: it may be tried again at `dueAt`. */
export const requeue = async (tx: InboxTx, id: string, dueAt: number): Promise<void> => {
  await tx.sql(
    `update outgoing_messages set state = 'queued', attempted_at = null, due_at = $2
     where id = $1 and inbox_id = app_inbox() and state = 'sending'`,
    [id, at(dueAt)],
  );
};

export interface Settlement {
  state: 'sent' | 'unknown' | 'failed' | 'cancelled';
  providerMessageId?: string;
  providerThreadId?: string;
  failure?: OutgoingFailure;
}

/** The end; its content goes. What is settled stays as it is. */
export const settleOutgoing = async (
  tx: InboxTx,
  id: string,
  settlement: Settlement,
): Promise<void> => {
  await tx.sql(
    `update outgoing_messages set state = $2, settled_at = now(), content_ct = null, failure = $3,
       due_at = now() + interval '5 minutes',
       provider_message_id = $4, provider_thread_id = coalesce($5, provider_thread_id)
     where id = $1 and inbox_id = app_inbox() and state in ('queued', 'sending')`,
    [
      id,
      settlement.state,
      settlement.failure,
      settlement.providerMessageId,
      settlement.providerThreadId,
    ],
  );
};

/** Nothing of the inbox is sent any more; of what may have been sent nobody will know. */
export const stopOutgoing = async (
  tx: Tx,
  inboxId: string,
  failure: OutgoingFailure,
): Promise<void> => {
  await tx.sql(
    `update outgoing_messages set settled_at = now(), content_ct = null, failure = $2,
       state = case state when 'sending' then 'unknown' else 'cancelled' end
     where inbox_id = $1 and state in ('queued', 'sending')`,
    [inboxId, failure],
  );
};

/**
 * By its user. When this has committed, no send call starts any more, and no consent that was under
 * way turns it on again.
 * @throws InboxNotFoundError
 */
export const turnSendingOff = async (tx: Tx, inboxId: string): Promise<boolean> => {
  endFlowsOf(tx, inboxId);
  const inbox = await lockInbox(tx, inboxId);
  if (!inbox.sending) return false;
  await tx.sql('update inboxes set sending = false where id = $1', [inboxId]);
  await stopOutgoing(tx, inboxId, 'sending_turned_off');
  return true;
};

export interface SendRef {
  id: string;
  inboxId: string;
  idempotencyKey: string;
}

/** As nobody: messages that wait and that nobody may have started. */
export const dueSends = async (tx: Tx): Promise<SendRef[]> =>
  await tx.sql(
    'select id, inbox_id as "inboxId", idempotency_key as "idempotencyKey" from due_sends()',
  );

interface OutgoingRecord {
  id: string;
  inbox_id: string;
  idempotency_key: string;
  request_hash: Buffer;
  state: OutgoingState;
  rfc_message_id: string;
  provider_thread_id: string | null;
  provider_message_id: string | null;
  failure: OutgoingFailure | null;
  recipients: number;
  created_at: string;
  due_at: string;
  attempted_at: string | null;
  settled_at: string | null;
  copied_at: string | null;
}

const toOutgoing = (record: OutgoingRecord): OutgoingRow => ({
  id: record.id,
  inboxId: record.inbox_id,
  idempotencyKey: record.idempotency_key,
  requestHash: record.request_hash,
  state: record.state,
  rfcMessageId: record.rfc_message_id,
  providerThreadId: record.provider_thread_id,
  providerMessageId: record.provider_message_id,
  failure: record.failure,
  recipients: record.recipients,
  createdAt: msOf(record.created_at),
  dueAt: msOf(record.due_at),
  attemptedAt: msOrNull(record.attempted_at),
  settledAt: msOrNull(record.settled_at),
  copiedAt: msOrNull(record.copied_at),
});
