import { z } from 'zod';
import { listOutgoingPage } from '../../../db/outgoing-store.ts';
import { decodeCursor, nextCursor, pageOf, pageQuery, timePosition } from '../../cursor.ts';
import { ownInbox } from '../../inbox-access.ts';
import { defineRoute } from '../../route.ts';
import { idParams } from '../../validate.ts';
import { outgoingSchema, outgoingView } from '../../views/outgoing-view.ts';

export const listOutgoing = defineRoute({
  method: 'get',
  path: '/api/v1/inboxes/{id}/outgoing',
  name: 'listOutgoingMessages',
  tag: 'Sending',
  summary: 'What became of the messages that were to be sent from an inbox, newest first',
  params: idParams,
  query: pageQuery.extend({
    unsent: z
      .literal('true')
      .optional()
      .describe(
        'Only those that wait, or were not sent, or of which nobody knows; not those that their user has cancelled.',
      ),
  }),
  etag: true,
  responses: { 200: z.object({ outgoing: z.array(outgoingSchema), nextCursor }) },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, query: { limit, cursor, unsent }, caller }) => {
  const before = cursor ? decodeCursor(timePosition, cursor) : undefined;
  const rows = await ctx.database.asUser(caller, async (tx) => {
    await ownInbox(tx, id);
    return listOutgoingPage(tx, id, { before, unsent: unsent !== undefined, limit: limit + 1 });
  });
  const { page, nextCursor } = pageOf(rows, limit, (row) => [row.createdAt, row.id]);
  return { status: 200, body: { outgoing: page.map(outgoingView), nextCursor } };
});
