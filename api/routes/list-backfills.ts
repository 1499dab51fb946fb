import type { RequestHandler } from 'express';
import { z } from 'zod';
import { listBackfills as list } from '../../db/backfill-store.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { cursorText, decodeCursor, encodeCursor } from '../cursor.ts';
import { ownInbox } from '../inbox-access.ts';
import { idParams, pageLimit, parse } from '../validate.ts';
import { backfillView } from '../views/backfill-view.ts';

const query = z.strictObject({ limit: pageLimit, cursor: cursorText.optional() });
const position = z.tuple([z.int32().positive()]);

/** `GET /api/v1/inboxes/:id/backfills?limit&cursor`: newest first. */
export function listBackfills(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id } = parse(idParams, req.params);
    const { limit, cursor } = parse(query, req.query);
    const before = cursor ? decodeCursor(position, cursor)[0] : undefined;
    const backfills = await ctx.database.asUser(callerOf(req), async (tx) => {
      await ownInbox(tx, id);
      return list(tx, id, { before, limit: limit + 1 });
    });
    const page = backfills.slice(0, limit);
    const last = page.at(-1);
    const more = backfills.length > limit && last;
    res.json({
      backfills: page.map(backfillView),
      nextCursor: more ? encodeCursor([last.n]) : null,
    });
  };
}
