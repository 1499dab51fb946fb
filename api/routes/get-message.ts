import type { RequestHandler } from 'express';
import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { getMessage as readMessage } from '../../db/timeline-store.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { notFound } from '../problem.ts';
import { idParams, parse } from '../validate.ts';
import { MessageOpener, messageView } from '../views/message-view.ts';

const query = z.strictObject({ images: z.enum(['show', 'hide']).default('hide') });

/** `GET /api/v1/messages/:id?images=show`: text, cleaned HTML and the list of attachments. */
export function getMessage(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id } = parse(idParams, req.params);
    const { images } = parse(query, req.query);
    const { row, opener } = await ctx.database.asUser(callerOf(req), async (tx) => {
      const row = await readMessage(tx, id);
      if (!row) throw notFound('message');
      await writeAudit(tx, { act: 'message.read', inboxId: row.inboxId, subject: id });
      return { row, opener: await MessageOpener.for(tx, ctx, [row]) };
    });
    res.json(messageView(opener, row, images === 'show'));
  };
}
