import type { Direction } from '../domain/message.ts';
import { msOf } from './time.ts';
import type { Tx } from './tx.ts';

/** A message as its owner takes it away. */
export interface ExportRow {
  id: string;
  providerMessageId: string;
  providerThreadId: string;
  direction: Direction;
  receivedAt: number;
  contactIds: string[];
  /** `messages.envelope_ct` */
  envelopeCt: Buffer;
  /** `messages.body_ct` */
  bodyCt: Buffer;
}

/** The user's own, in the order of the provider's ids, after the one given. */
export const exportPage = async (
  tx: Tx,
  inboxId: string,
  { after, limit }: { after: string; limit: number },
): Promise<ExportRow[]> => {
  const rows = await tx.sql<Omit<ExportRow, 'receivedAt'> & { receivedAt: string }>(
    `select m.id, m.provider_message_id as "providerMessageId",
       m.provider_thread_id as "providerThreadId", m.direction, m.received_at as "receivedAt",
       m.envelope_ct as "envelopeCt", m.body_ct as "bodyCt",
       array(select c.contact_id from message_contacts c where c.message_id = m.id
             order by c.contact_id) as "contactIds"
     from messages m
     where m.inbox_id = $1 and m.user_id = app_user() and m.provider_message_id > $2
     order by m.provider_message_id limit $3`,
    [inboxId, after, limit],
  );
  return rows.map((row) => ({ ...row, receivedAt: msOf(row.receivedAt) }));
};
