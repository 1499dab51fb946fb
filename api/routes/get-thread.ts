import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { getThread as readThread } from '../../db/timeline-store.ts';
import { notFound } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { uuid } from '../validate.ts';
import { MessageOpener, timelineItem, timelineItemSchema } from '../views/message-view.ts';

const params = z.object({
  inboxId: uuid,
  threadId: z.string().regex(/^[A-Za-z0-9_=+.-]{1,500}$/, 'expected a thread id'),
});

export const getThread = defineRoute({
  method: 'get',
  path: '/api/v1/threads/{inboxId}/{threadId}',
  name: 'getThread',
  tag: 'Mail',
  summary: 'What is on timelines of a thread, oldest first, at most 500',
  params,
  responses: {
    200: z.object({
      inboxId: z.uuid(),
      threadId: z.string(),
      messages: z.array(timelineItemSchema),
    }),
  },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { inboxId, threadId }, caller }) => {
  const { rows, opener } = await ctx.database.asUser(caller, async (tx) => {
    const rows = await readThread(tx, inboxId, threadId);
    if (rows.length === 0) throw notFound('thread');
    await writeAudit(tx, { act: 'thread.read', inboxId, subject: threadId });
    return { rows, opener: await MessageOpener.for(tx, ctx, rows) };
  });
  const messages = rows.map((row) => timelineItem(opener, row));
  return { status: 200, body: { inboxId, threadId, messages } };
});
