import type { InboxTx } from '../db/database.ts';
import type { DeliveryRow } from '../db/delivery-store.ts';
import type { EndpointRow } from '../db/endpoint-store.ts';
import { shareInbox } from '../db/inbox-lock.ts';
import { readToldMessage, type ToldMessage } from '../db/told-message-store.ts';
import { findDataKey } from '../vault/data-keys.ts';
import { openBody, openEnvelope } from '../vault/message-seals.ts';
import { isUnreadable } from '../vault/unreadable.ts';
import type { ActivityDeps } from './deps.ts';

/** The body of one delivery, ready to be signed. */
export interface EventPayload {
  type: string;
  /** When it happened, ISO. */
  timestamp: string;
  data: Record<string, unknown>;
}

/**
 * What to deliver; null where there is nothing left to tell: the message's history was deleted
 * meanwhile. Facts are as recorded; whose timelines a message is on, and content where it may be
 * told, are read now, so that nothing of a deleted history lies in the outbox.
 */
export async function describeEvent(
  deps: ActivityDeps,
  tx: InboxTx,
  endpoint: EndpointRow,
  row: DeliveryRow,
): Promise<EventPayload | null> {
  const { userId } = tx.inbox;
  if (row.type !== 'message.synced') return payload(row, { userId });
  const message = await readMessage(deps, tx, endpoint, String(row.facts.messageId));
  return message && payload(row, { userId, ...message });
}

const payload = (row: DeliveryRow, more: Record<string, unknown>): EventPayload => ({
  type: row.type,
  timestamp: new Date(row.recordedAt).toISOString(),
  data: { inboxId: row.inboxId, sequence: row.seq, ...row.facts, ...more },
});

interface Content {
  content: Record<string, unknown> | null;
}

type MessageData = { contactIds: string[] } & Partial<Content>;

/**
 * An endpoint is the org's, but mail is its owner's (P3): content is told of the inboxes of whoever
 * registered the endpoint, and of nobody else's; there it is null.
 */
async function readMessage(
  deps: ActivityDeps,
  tx: InboxTx,
  endpoint: EndpointRow,
  id: string,
): Promise<MessageData | null> {
  const { inbox } = tx;
  if (inbox.status === 'deleting') return null;
  const withContent = endpoint.content && inbox.userId === endpoint.userId;
  // A deletion waits until this has left, and after it the key is gone.
  if (withContent) shareInbox(tx);
  const message = await readToldMessage(tx, id, { withContent });
  if (!message) return null;
  const told = withContent ? await open(deps, tx, message) : { content: null };
  return told && { contactIds: message.contactIds, ...(endpoint.content && told) };
}

/**
 * One that does not open, or an inbox whose key does not, must not hold up the others: it is told
 * of without content.
 * @returns null once the history was deleted
 */
async function open(
  deps: ActivityDeps,
  tx: InboxTx,
  { id: messageId, sealed }: ToldMessage,
): Promise<Content | null> {
  const { orgId, id: inboxId, epoch } = tx.inbox;
  try {
    const key = await findDataKey(tx, deps.keyRing, tx.inbox);
    if (!key) return null;
    if (!sealed) return { content: null };
    const ref = { orgId, inboxId, messageId };
    const { subject, snippet, participants } = openEnvelope(key, ref, sealed.envelopeCt);
    const { text } = openBody(key, ref, sealed.bodyCt);
    return { content: { subject, snippet, participants, text } };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    deps.log.error({ inboxId, epoch, messageId, err: error }, 'told of without content');
    return { content: null };
  }
}
