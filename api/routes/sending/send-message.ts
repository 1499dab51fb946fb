import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { DataKey } from '../../../crypto/data-key.ts';
import { lookupHash } from '../../../crypto/lookup.ts';
import { writeAudit } from '../../../db/audit-store.ts';
import type { Tx } from '../../../db/database.ts';
import { lockInbox } from '../../../db/inbox-lock.ts';
import type { InboxRow } from '../../../db/inbox-row.ts';
import {
  findOutgoing,
  insertOutgoing,
  newOutgoingId,
  type OutgoingRow,
  recipientsOfDay,
} from '../../../db/outgoing-store.ts';
import { getMessage } from '../../../db/timeline-store.ts';
import { answerTo, type OutgoingContent } from '../../../domain/outgoing.ts';
import { readDataKey } from '../../../vault/data-keys.ts';
import { openProfile } from '../../../vault/inbox-seals.ts';
import { openEnvelope } from '../../../vault/message-seals.ts';
import { sealOutgoing } from '../../../vault/outgoing-seals.ts';
import type { Connector } from '../../connect/connector.ts';
import type { ApiContext } from '../../context.ts';
import { ownInbox, requireConnected } from '../../inbox-access.ts';
import { notFound, Problem } from '../../problem.ts';
import { jsonOf } from '../../read-json.ts';
import { defineRoute } from '../../route.ts';
import { idempotencyKey, SEND_BODY_LIMIT, type SendBody, sendBody } from '../../send-input.ts';
import { idParams } from '../../validate.ts';
import { outgoingSchema, outgoingView } from '../../views/outgoing-view.ts';

const DAY_MS = 86_400_000;

export const sendMessage = defineRoute({
  method: 'post',
  path: '/api/v1/inboxes/{id}/messages',
  name: 'sendMessage',
  tag: 'Sending',
  summary: 'Send a message from an inbox, once',
  description:
    'The same Idempotency-Key with the same body answers for the same message and never sends another. Ask for its state at the address in Location.',
  params: idParams,
  headers: z.object({ 'idempotency-key': idempotencyKey }),
  readBody: jsonOf(SEND_BODY_LIMIT, 'A message takes 15 MB of attachments at most.'),
  body: sendBody,
  responses: { 202: outgoingSchema },
  problems: [
    'not-found',
    'inbox-deleting',
    'inbox-not-connected',
    'sending-off',
    'idempotency-key-reused',
    'sending-limit',
    'body-too-large',
    'unusable-address',
  ],
}).handle((ctx) => async ({ params: { id }, headers, body, caller }) => {
  const key = headers['idempotency-key'];
  const row = await ctx.database.asUser(caller, async (tx) => {
    await ownInbox(tx, id);
    // Alone, so that neither a change of its data key nor turning off comes in between.
    const inbox = await lockInbox(tx, id);
    requireConnected(inbox);
    const dataKey = await readDataKey(tx, ctx.keyRing, inbox);
    const requestHash = lookupHash(dataKey, 'request', JSON.stringify(body));
    const known = await findOutgoing(tx, id, { idempotencyKey: key });
    if (known) return sameRequest(known, requestHash);
    if (!inbox.sending) throw new Problem('sending-off', 'Its user has not turned sending on.');
    requireFit(ctx.connectors[inbox.provider], body);
    return sameRequest(
      await accept(ctx, tx, { inbox, dataKey, key, requestHash, body }),
      requestHash,
    );
  });
  ctx.startSend({ id: row.id, inboxId: id, idempotencyKey: key });
  return {
    status: 202,
    headers: { Location: `/api/v1/inboxes/${id}/outgoing/${row.id}` },
    body: outgoingView(row),
  };
});

function sameRequest(row: OutgoingRow, requestHash: Buffer): OutgoingRow {
  if (isDeepStrictEqual(Buffer.from(row.requestHash), requestHash)) return row;
  throw new Problem('idempotency-key-reused', 'This key came with another message before.');
}

/** @throws Problem `body-too-large`: the provider would refuse it */
function requireFit(connector: Connector | undefined, body: SendBody): void {
  const sendRoom = connector?.sendRoom;
  if (!sendRoom || Buffer.byteLength(JSON.stringify(body)) <= sendRoom.bytes) return;
  throw new Problem('body-too-large', sendRoom.words);
}

/** @throws Problem `sending-limit` */
async function requireRoom(
  ctx: ApiContext,
  tx: Tx,
  { id, provider }: InboxRow,
  asked: number,
): Promise<void> {
  const limit = ctx.settings.recipientsPerDay[provider];
  const { written, lastToLeaveAt } = await recipientsOfDay(tx, id, { asked, limit });
  if (written + asked <= limit) return;
  const freeInMs = (lastToLeaveAt ?? ctx.now()) + DAY_MS - ctx.now();
  const detail = `This message has ${asked} recipients, and ${written} of ${limit} a day were written to.`;
  throw new Problem('sending-limit', detail, {
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(freeInMs / 1_000))) },
  });
}

interface Acceptance {
  inbox: InboxRow;
  dataKey: DataKey;
  key: string;
  requestHash: Buffer;
  body: SendBody;
}

async function accept(
  ctx: ApiContext,
  tx: Tx,
  { inbox, dataKey, key, requestHash, body }: Acceptance,
): Promise<OutgoingRow> {
  const id = newOutgoingId();
  const { content, threadId } = await contentOf(tx, inbox, dataKey, body);
  const recipients = content.to.length + content.cc.length + content.bcc.length;
  await requireRoom(ctx, tx, inbox, recipients);
  await insertOutgoing(tx, {
    ...{ id, inboxId: inbox.id, idempotencyKey: key, requestHash },
    contentCt: sealOutgoing(dataKey, { orgId: inbox.orgId, inboxId: inbox.id, id }, content),
    rfcMessageId: `${id}@${new URL(ctx.settings.publicUrl).hostname}`,
    providerThreadId: threadId,
    recipients,
  });
  await writeAudit(tx, { act: 'message.sent', inboxId: inbox.id, subject: id });
  // Of two requests at once the other may have been first.
  const row = await findOutgoing(tx, inbox.id, { idempotencyKey: key });
  if (!row) throw new Error('an accepted message is not there');
  return row;
}

async function contentOf(
  tx: Tx,
  inbox: InboxRow,
  key: DataKey,
  body: SendBody,
): Promise<{ content: OutgoingContent; threadId: string | null }> {
  if (!inbox.profileCt) throw new Error('a connected inbox has no profile');
  const { address } = openProfile(key, inbox, inbox.profileCt);
  const answered = body.answers ? await answerOf(tx, inbox, key, body.answers) : null;
  const to = body.to ?? answered?.to ?? [];
  if (to.length + body.cc.length + body.bcc.length === 0) {
    throw new Problem('unusable-address', 'The message that is answered names nobody to answer.');
  }
  const content: OutgoingContent = {
    from: { name: '', address },
    ...{ to, cc: body.cc, bcc: body.bcc, attachments: body.attachments },
    subject: body.subject ?? answered?.subject ?? '',
    text: body.text ?? null,
    html: body.html ?? null,
    inReplyTo: answered?.inReplyTo ?? null,
    references: answered?.references ?? [],
    answersId: answered?.id ?? null,
  };
  return { content, threadId: answered?.threadId ?? null };
}

/** @throws Problem `not-found`: the message is not there, not the user's, or of another inbox */
async function answerOf(tx: Tx, inbox: InboxRow, key: DataKey, id: string) {
  const message = await getMessage(tx, id);
  if (!message || message.inboxId !== inbox.id) throw notFound('message');
  const ref = { orgId: inbox.orgId, inboxId: inbox.id, messageId: id };
  const envelope = openEnvelope(key, ref, message.envelopeCt);
  const { direction, providerMessageId, providerThreadId } = message;
  const answer = answerTo({ ...envelope, direction });
  return { ...answer, id: providerMessageId, threadId: providerThreadId };
}
