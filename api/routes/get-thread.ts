import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { getThread as readThread } from '../../db/timeline-store.ts';
import { notFound } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { threadParams } from '../thread-input.ts';
import { MessageOpener, timelineItem, timelineItemSchema } from '../views/message-view.ts';

export const getThread = defineRoute({
  method: 'get',
  path: '/api/v1/threads/{inboxId}/{threadId}',
  name: 'getThread',
  tag: 'Mail',
  summary: 'What is on timelines of a thread, oldest first, at most 500',
  params: threadParams,
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
    const ownerId = rows[0]?.sharedBy ?? undefined;
    await writeAudit(tx, { act: 'thread.read', inboxId, subject: threadId, ownerId });
    return { rows, opener: await MessageOpener.for(tx, ctx, rows) };
  });
  const messages = rows.map((row) => timelineItem(opener, row));
  return { status: 200, body: { inboxId, threadId, messages } };
});
