import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import type { Tx } from '../../db/database.ts';
import type { InboxRow } from '../../db/inbox-row.ts';
import { getSharedInbox } from '../../db/share-store.ts';
import { getMessage, type MessageRow } from '../../db/timeline-store.ts';
import { askProvider } from '../ask-provider.ts';
import { attachmentDisposition, safeContentType } from '../content-disposition.ts';
import { ownInbox, PROVIDER_PROBLEMS, requireConnected } from '../inbox-access.ts';
import { notFound } from '../problem.ts';
import { defineRoute, Media } from '../route.ts';
import { untilClosed } from '../until-closed.ts';
import { uuid } from '../validate.ts';
import { MessageOpener } from '../views/message-view.ts';

const params = z.object({
  id: uuid,
  partId: z.string().regex(/^[A-Za-z0-9_.=-]{1,500}$/, 'expected a part id'),
});

export const getAttachment = defineRoute({
  method: 'get',
  path: '/api/v1/messages/{id}/attachments/{partId}',
  name: 'getAttachment',
  tag: 'Mail',
  summary: 'The content of an attachment',
  description:
    'Fetched from the provider at this moment: we keep no copy. Always a download with a harmless content type, never a page of ours.',
  params,
  responses: { 200: new Media('The content.', '*/*') },
  problems: ['not-found', ...PROVIDER_PROBLEMS],
}).handle((ctx) => async ({ params: { id, partId }, caller, res }) => {
  const { message, inbox, opener } = await ctx.database.asUser(caller, async (tx) => {
    const found = await getMessage(tx, id);
    if (!found) throw notFound('message');
    const { inboxId, sharedBy } = found;
    const ownerId = sharedBy ?? undefined;
    await writeAudit(tx, { act: 'attachment.read', inboxId, subject: id, ownerId });
    const opener = await MessageOpener.for(tx, ctx, [found]);
    return { message: found, opener, inbox: await readableInbox(tx, found) };
  });
  const { attachments } = opener.envelope(message);
  const attachment = attachments.find((one) => one.partId === partId);
  if (!attachment) throw notFound('attachment');
  requireConnected(inbox);
  const attempt = { inboxId: inbox.id, epoch: inbox.epoch };
  const content = await askProvider(ctx, attempt, untilClosed(res), (mailbox) =>
    mailbox.fetchAttachment(message.providerMessageId, partId),
  );
  res
    .set('Content-Type', safeContentType(attachment.mimeType))
    .set('Content-Disposition', attachmentDisposition(attachment.filename))
    .set('Content-Length', String(content.byteLength))
    .end(content);
});

type Inbox = Pick<InboxRow, 'id' | 'epoch' | 'status'>;

/** A teammate's is asked for what its owner shares, by the owner's grant. */
async function readableInbox(tx: Tx, { inboxId, sharedBy }: MessageRow): Promise<Inbox> {
  if (sharedBy === null) return ownInbox(tx, inboxId);
  const inbox = await getSharedInbox(tx, inboxId);
  if (!inbox) throw notFound('message');
  return inbox;
}
