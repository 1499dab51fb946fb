import type { InboxTx } from './tx.ts';

/** A message as events tell of it. */
export interface ToldMessage {
  id: string;
  contactIds: string[];
  /** Null unless asked for. */
  sealed: { envelopeCt: Buffer; bodyCt: Buffer } | null;
}

/** Of the worker's inbox; null when it is gone. */
export const readToldMessage = async (
  tx: InboxTx,
  id: string,
  { withContent }: { withContent: boolean },
): Promise<ToldMessage | null> => {
  const content = withContent ? ', m.envelope_ct as "envelopeCt", m.body_ct as "bodyCt"' : '';
  const [row] = await tx.sql<ToldRecord>(
    `select array(select c.contact_id from message_contacts c
             where c.message_id = m.id order by c.contact_id) as "contactIds" ${content}
     from messages m where m.inbox_id = app_inbox() and m.id = $1`,
    [id],
  );
  if (!row) return null;
  const { contactIds, envelopeCt, bodyCt } = row;
  return { id, contactIds, sealed: envelopeCt && bodyCt ? { envelopeCt, bodyCt } : null };
};

interface ToldRecord {
  contactIds: string[];
  envelopeCt?: Buffer;
  bodyCt?: Buffer;
}
