import type { DataKey } from '../crypto/data-key.ts';
import { SealBrokenError } from '../crypto/seal.ts';
import type { InboxTx } from '../db/database.ts';
import type { DeliveryRow } from '../db/delivery-store.ts';
import type { EndpointRow } from '../db/endpoint-store.ts';
import { readToldMessages, type ToldMessage } from '../db/told-message-store.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { openBody, openEnvelope } from '../vault/message-seals.ts';
import type { ActivityDeps } from './deps.ts';

/** The body of one delivery, ready to be signed. */
export interface EventPayload {
  type: string;
  /** When it happened, ISO. */
  timestamp: string;
  data: Record<string, unknown>;
}

/**
 * What to deliver of one inbox, by `seq`; null where there is nothing left to tell: the message's
 * history was deleted meanwhile. Facts are as recorded; whose timelines a message is on, and content
 * where it may be told, are read now, so that nothing of a deleted history lies in the outbox.
 */
export async function describeEvents(
  deps: ActivityDeps,
  endpoint: EndpointRow,
  inboxId: string,
  rows: readonly DeliveryRow[],
): Promise<Map<number, EventPayload | null>> {
  return await deps.database.asInbox(inboxId, async (tx) => {
    const { userId } = tx.inbox;
    const messages = await readMessages(deps, tx, endpoint, rows);
    return new Map(
      rows.map((row) => {
        const messageId = messageIdOf(row);
        if (messageId === null) return [row.seq, payload(row, { userId })];
        const message = messages.get(messageId);
        return [row.seq, message ? payload(row, { userId, ...message }) : null];
      }),
    );
  });
}

const messageIdOf = ({ type, facts }: DeliveryRow): string | null =>
  type === 'message.synced' ? String(facts.messageId) : null;

const payload = (row: DeliveryRow, more: Record<string, unknown>): EventPayload => ({
  type: row.type,
  timestamp: new Date(row.recordedAt).toISOString(),
  data: { inboxId: row.inboxId, sequence: row.seq, ...row.facts, ...more },
});

type MessageData = { contactIds: string[]; content?: Record<string, unknown> | null };

/**
 * An endpoint is the org's, but mail is its owner's (P3): content is told of the inboxes of whoever
 * registered the endpoint, and of nobody else's; there it is null.
 */
async function readMessages(
  deps: ActivityDeps,
  tx: InboxTx,
  endpoint: EndpointRow,
  rows: readonly DeliveryRow[],
): Promise<Map<string, MessageData>> {
  const { inbox } = tx;
  const ids = rows.flatMap((row) => messageIdOf(row) ?? []);
  if (ids.length === 0 || inbox.status === 'deleting') return new Map();
  const withContent = endpoint.content && inbox.userId === endpoint.userId;
  const messages = await readToldMessages(tx, ids, { withContent });
  const key = withContent ? await readDataKey(tx, deps.keyRing, inbox) : null;
  const told = (message: ToldMessage): MessageData => ({
    contactIds: message.contactIds,
    ...(endpoint.content && { content: key && open(deps, key, inbox, message) }),
  });
  return new Map([...messages].map(([id, message]) => [id, told(message)]));
}

/** One that does not open must not hold up the others. */
function open(
  deps: ActivityDeps,
  key: DataKey,
  { orgId, id: inboxId, epoch }: InboxTx['inbox'],
  { id: messageId, sealed }: ToldMessage,
): Record<string, unknown> | null {
  if (!sealed) return null;
  const ref = { orgId, inboxId, messageId };
  try {
    const { subject, snippet, participants } = openEnvelope(key, ref, sealed.envelopeCt);
    return { subject, snippet, participants, text: openBody(key, ref, sealed.bodyCt).text };
  } catch (error) {
    if (!(error instanceof SealBrokenError)) throw error;
    deps.log.error({ inboxId, epoch, messageId, err: error }, 'told of without content');
    return null;
  }
}
