import type { Direction } from '../domain/message.ts';
import { at, msOf } from './time.ts';
import type { Tx } from './tx.ts';

export interface TimelineRow {
  id: string;
  inboxId: string;
  orgId: string;
  providerMessageId: string;
  providerThreadId: string;
  direction: Direction;
  receivedAt: number;
  hasAttachments: boolean;
  /** With the owner's org. */
  shared: boolean;
  /** The owner's user id, when it is a teammate's; null for the reader's own. */
  sharedBy: string | null;
  /** `messages.envelope_ct` */
  envelopeCt: Buffer;
}

export interface MessageRow extends TimelineRow {
  /** `messages.body_ct` */
  bodyCt: Buffer;
}

/** The last row of the page before. */
export interface TimelinePosition {
  receivedAt: number;
  messageId: string;
}

/** The user's own mail with a contact and what teammates share of theirs, newest first. Shorter than `limit` only at the end. */
export const contactTimeline = async (
  tx: Tx,
  contactId: string,
  { limit, before }: { limit: number; before?: TimelinePosition | undefined },
): Promise<TimelineRow[]> => {
  const params: unknown[] = [contactId, limit];
  const page = (whose: string): string =>
    `select message_id, received_at from message_contacts
     where contact_id = $1 and org_id = app_org() and ${whose}
       ${before ? 'and (received_at, message_id) < ($3::timestamptz, $4::uuid)' : ''}
     order by received_at desc, message_id desc limit $2`;
  if (before) params.push(at(before.receivedAt), before.messageId);
  const rows = await tx.sql<TimelineRecord>(
    `select ${COLUMNS} from (
       (${page('user_id = app_user()')})
       union all
       (${page('shared and user_id <> app_user()')})
       order by received_at desc, message_id desc limit $2
     ) page
     join messages m on m.id = page.message_id
     where ${HAS_KEY}
     order by page.received_at desc, page.message_id desc`,
    params,
  );
  return rows.map(toTimelineRow);
};

/** @returns null when there is none, it is another user's and not shared, or its history is being deleted */
export const getMessage = async (tx: Tx, id: string): Promise<MessageRow | null> => {
  const [row] = await tx.sql<MessageRecord>(`${WITH_BODY} and m.id = $1`, [id]);
  return row ? toMessageRow(row) : null;
};

/** Oldest first, at most 500. */
export const getThread = async (
  tx: Tx,
  inboxId: string,
  providerThreadId: string,
): Promise<MessageRow[]> => {
  const rows = await tx.sql<MessageRecord>(
    `${WITH_BODY} and m.inbox_id = $1 and m.provider_thread_id = $2
     order by m.received_at, m.id limit 500`,
    [inboxId, providerThreadId],
  );
  return rows.map(toMessageRow);
};

const COLUMNS = `m.id, m.inbox_id, m.org_id, m.provider_message_id, m.provider_thread_id, m.direction,
  m.received_at, m.has_attachments, m.envelope_ct,
  nullif(m.user_id, app_user()) as shared_by,
  exists (select from thread_shares s where s.inbox_id = m.inbox_id
    and s.provider_thread_id = m.provider_thread_id) as shared`;

/** What is being deleted is not shown any more. */
const HAS_KEY = 'exists (select from inbox_keys k where k.inbox_id = m.inbox_id)';

const WITH_BODY = `select ${COLUMNS}, m.body_ct from messages m where ${HAS_KEY}`;

interface TimelineRecord {
  id: string;
  inbox_id: string;
  org_id: string;
  provider_message_id: string;
  provider_thread_id: string;
  direction: Direction;
  received_at: string;
  has_attachments: boolean;
  shared: boolean;
  shared_by: string | null;
  envelope_ct: Buffer;
}

interface MessageRecord extends TimelineRecord {
  body_ct: Buffer;
}

const toTimelineRow = (record: TimelineRecord): TimelineRow => ({
  id: record.id,
  inboxId: record.inbox_id,
  orgId: record.org_id,
  providerMessageId: record.provider_message_id,
  providerThreadId: record.provider_thread_id,
  direction: record.direction,
  receivedAt: msOf(record.received_at),
  hasAttachments: record.has_attachments,
  shared: record.shared,
  sharedBy: record.shared_by,
  envelopeCt: record.envelope_ct,
});

const toMessageRow = (record: MessageRecord): MessageRow => ({
  ...toTimelineRow(record),
  bodyCt: record.body_ct,
});

/** Whether anything of the thread is on timelines. */
export const hasMessages = async (
  tx: Tx,
  { inboxId, providerThreadId }: { inboxId: string; providerThreadId: string },
): Promise<boolean> => {
  const found = await tx.sql(
    'select from messages where inbox_id = $1 and provider_thread_id = $2 limit 1',
    [inboxId, providerThreadId],
  );
  return found.length > 0;
};

/** Messages of the inbox on any timeline. */
export async function countStored(tx: Tx, inboxId: string): Promise<number> {
  const [row] = await tx.sql<{ stored: number }>(
    'select count(*)::int as stored from messages where inbox_id = $1',
    [inboxId],
  );
  return row?.stored ?? 0;
}
