import type { RequestHandler } from 'express';
import { z } from 'zod';
import { INBOX_STATUSES } from '../../../db/entities/enums.ts';
import { listOpsInboxes } from '../../../db/ops-inbox-store.ts';
import type { ApiContext } from '../../context.ts';
import { cursorText, decodeCursor, encodeCursor } from '../../cursor.ts';
import { pageLimit, parse, plainText, uuid } from '../../validate.ts';
import { opsInboxView } from '../../views/ops-view.ts';

const query = z.strictObject({
  status: z.enum(INBOX_STATUSES).optional(),
  orgId: plainText(255).optional(),
  limit: pageLimit,
  cursor: cursorText.optional(),
});
const position = z.tuple([z.number(), uuid]);

/** `GET /api/v1/ops/inboxes?status&orgId&limit&cursor`: newest first. */
export function listInboxes(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { limit, cursor, ...filter } = parse(query, req.query);
    const [createdAt, id] = cursor ? decodeCursor(position, cursor) : [];
    const before = createdAt !== undefined && id !== undefined ? { createdAt, id } : undefined;
    const inboxes = await ctx.database.asOps((tx) =>
      listOpsInboxes(tx, { ...filter, before, limit: limit + 1 }),
    );
    const page = inboxes.slice(0, limit);
    const last = page.at(-1);
    res.json({
      inboxes: page.map(opsInboxView),
      nextCursor: inboxes.length > limit && last ? encodeCursor([last.createdAt, last.id]) : null,
    });
  };
}
