import type { RequestHandler } from 'express';
import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { getThread as readThread } from '../../db/timeline-store.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { notFound } from '../problem.ts';
import { parse, uuid } from '../validate.ts';
import { MessageOpener, timelineItem } from '../views/message-view.ts';

const params = z.object({
  inboxId: uuid,
  threadId: z.string().regex(/^[A-Za-z0-9_=+.-]{1,500}$/, 'expected a thread id'),
});

/** `GET /api/v1/threads/:inboxId/:threadId`: what is on timelines of it, oldest first. */
export function getThread(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { inboxId, threadId } = parse(params, req.params);
    const { rows, opener } = await ctx.database.asUser(callerOf(req), async (tx) => {
      const rows = await readThread(tx, inboxId, threadId);
      if (rows.length === 0) throw notFound('thread');
      await writeAudit(tx, { act: 'thread.read', inboxId, subject: threadId });
      return { rows, opener: await MessageOpener.for(tx, ctx, rows) };
    });
    res.json({ inboxId, threadId, messages: rows.map((row) => timelineItem(opener, row)) });
  };
}
