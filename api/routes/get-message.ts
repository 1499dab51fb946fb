import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { getMessage as readMessage } from '../../db/timeline-store.ts';
import { notFound } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { idParams } from '../validate.ts';
import { MessageOpener, messageSchema, messageView } from '../views/message-view.ts';

const query = z.strictObject({
  images: z
    .enum(['show', 'hide'])
    .default('hide')
    .describe('Remote images tell the sender that the email was read.'),
});

export const getMessage = defineRoute({
  method: 'get',
  path: '/api/v1/messages/{id}',
  name: 'getMessage',
  tag: 'Mail',
  summary: 'A message: text, cleaned HTML and the list of attachments',
  params: idParams,
  query,
  responses: { 200: messageSchema },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, query: { images }, caller }) => {
  const { row, opener } = await ctx.database.asUser(caller, async (tx) => {
    const row = await readMessage(tx, id);
    if (!row) throw notFound('message');
    const { inboxId, sharedBy } = row;
    const ownerId = sharedBy ?? undefined;
    await writeAudit(tx, { act: 'message.read', inboxId, subject: id, ownerId });
    return { row, opener: await MessageOpener.for(tx, ctx, [row]) };
  });
  return { status: 200, body: messageView(opener, row, images === 'show') };
});
