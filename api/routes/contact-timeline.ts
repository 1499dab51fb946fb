import type { RequestHandler } from 'express';
import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { getContact } from '../../db/contact-store.ts';
import { contactTimeline as readTimeline } from '../../db/timeline-store.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { cursorText, decodeCursor, encodeCursor, timePosition } from '../cursor.ts';
import { notFound } from '../problem.ts';
import { contactId, pageLimit, parse } from '../validate.ts';
import { MessageOpener, timelineItem } from '../views/message-view.ts';

const params = z.object({ id: contactId });
const query = z.strictObject({ limit: pageLimit, cursor: cursorText.optional() });

/** `GET /api/v1/contacts/:id/timeline?limit&cursor`: the caller's own mail with it, newest first. */
export function contactTimeline(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id } = parse(params, req.params);
    const { limit, cursor } = parse(query, req.query);
    const start = cursor ? decodeCursor(timePosition, cursor) : null;
    const before = start ? { receivedAt: start[0], messageId: start[1] } : undefined;
    const { rows, opener } = await ctx.database.asUser(callerOf(req), async (tx) => {
      if (!(await getContact(tx, id))) throw notFound('contact');
      await writeAudit(tx, { act: 'timeline.read', subject: id });
      const rows = await readTimeline(tx, id, { limit: limit + 1, before });
      return { rows, opener: await MessageOpener.for(tx, ctx, rows) };
    });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const more = rows.length > limit && last;
    res.json({
      messages: page.map((row) => timelineItem(opener, row)),
      nextCursor: more ? encodeCursor([last.receivedAt, last.id]) : null,
    });
  };
}
