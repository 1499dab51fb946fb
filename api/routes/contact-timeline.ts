import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { getContact } from '../../db/contact-store.ts';
import { contactTimeline as readTimeline } from '../../db/timeline-store.ts';
import { decodeCursor, nextCursor, pageOf, pageQuery, timePosition } from '../cursor.ts';
import { notFound } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { contactId } from '../validate.ts';
import { MessageOpener, timelineItem, timelineItemSchema } from '../views/message-view.ts';

export const contactTimeline = defineRoute({
  method: 'get',
  path: '/api/v1/contacts/{id}/timeline',
  name: 'contactTimeline',
  tag: 'Mail',
  summary: 'The caller’s own mail with a contact, newest first',
  params: z.object({ id: contactId }),
  query: pageQuery,
  etag: true,
  responses: { 200: z.object({ messages: z.array(timelineItemSchema), nextCursor }) },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, query: { limit, cursor }, caller }) => {
  const start = cursor ? decodeCursor(timePosition, cursor) : null;
  const before = start ? { receivedAt: start[0], messageId: start[1] } : undefined;
  const { rows, opener } = await ctx.database.asUser(caller, async (tx) => {
    const [contact, rows] = await Promise.all([
      getContact(tx, id),
      readTimeline(tx, id, { limit: limit + 1, before }),
      writeAudit(tx, { act: 'timeline.read', subject: id }),
    ]);
    if (!contact) throw notFound('contact');
    return { rows, opener: await MessageOpener.for(tx, ctx, rows) };
  });
  const { page, nextCursor } = pageOf(rows, limit, ({ receivedAt, id }) => [receivedAt, id]);
  const messages = page.map((row) => timelineItem(opener, row));
  return { status: 200, body: { messages, nextCursor } };
});
