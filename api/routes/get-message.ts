import { z } from 'zod';
import { readMessage } from '../read-message.ts';
import { defineRoute } from '../route.ts';
import { idParams } from '../validate.ts';
import { imagesQuery, messageSchema, messageView } from '../views/message-view.ts';

const query = z.strictObject({ images: imagesQuery });

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
  const { row, opener } = await readMessage(ctx, caller, id);
  return { status: 200, body: messageView(opener, row, images === 'show') };
});
