import type { InboxTx } from './tx.ts';

/** A message as events tell of it. */
export interface ToldMessage {
  id: string;
  contactIds: string[];
  /** Null unless asked for. */
  sealed: { envelopeCt: Buffer; bodyCt: Buffer } | null;
}

/** Of the worker's inbox, by id; those that are gone are not in the map. */
export const readToldMessages = async (
  tx: InboxTx,
  ids: readonly string[],
  { withContent }: { withContent: boolean },
): Promise<Map<string, ToldMessage>> => {
  const content = withContent ? ', m.envelope_ct as "envelopeCt", m.body_ct as "bodyCt"' : '';
  const rows = await tx.sql<ToldRecord>(
    `select m.id ${content},
       array(select c.contact_id from message_contacts c
             where c.message_id = m.id order by c.contact_id) as "contactIds"
     from messages m where m.inbox_id = app_inbox() and m.id = any($1)`,
    [ids],
  );
  return new Map(
    rows.map(({ id, contactIds, envelopeCt, bodyCt }) => [
      id,
      { id, contactIds, sealed: envelopeCt && bodyCt ? { envelopeCt, bodyCt } : null },
    ]),
  );
};

interface ToldRecord {
  id: string;
  contactIds: string[];
  envelopeCt?: Buffer;
  bodyCt?: Buffer;
}
