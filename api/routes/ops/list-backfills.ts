import type { RequestHandler } from 'express';
import { z } from 'zod';
import { BACKFILL_KINDS, BACKFILL_STATES } from '../../../db/entities/enums.ts';
import { listOpsBackfills } from '../../../db/ops-backfill-store.ts';
import type { ApiContext } from '../../context.ts';
import { cursorText, decodeCursor, encodeCursor } from '../../cursor.ts';
import { pageLimit, parse, plainText, uuid } from '../../validate.ts';
import { opsBackfillView } from '../../views/ops-view.ts';

/** What chooses backfills, here and for a replay of many. */
export const backfillFilter = {
  state: z.enum(BACKFILL_STATES).optional(),
  kind: z.enum(BACKFILL_KINDS).optional(),
  inboxId: uuid.optional(),
  orgId: plainText(255).optional(),
};

const query = z.strictObject({
  ...backfillFilter,
  failed: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
  limit: pageLimit,
  cursor: cursorText.optional(),
});
const position = z.tuple([z.number(), uuid, z.int32().positive()]);

/**
 * `GET /api/v1/ops/backfills?failed&state&kind&inboxId&orgId&limit&cursor`: newest first. `failed`:
 * ended without everything, and not replayed yet.
 */
export function listBackfills(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { failed, limit, cursor, ...filter } = parse(query, req.query);
    const before = cursor ? positionOf(cursor) : undefined;
    const backfills = await ctx.database.asOps((tx) =>
      listOpsBackfills(tx, { ...filter, toReplay: failed, before, limit: limit + 1 }),
    );
    const page = backfills.slice(0, limit);
    const last = page.at(-1);
    const more = backfills.length > limit && last;
    res.json({
      backfills: page.map(opsBackfillView),
      nextCursor: more ? encodeCursor([last.requestedAt, last.inboxId, last.n]) : null,
    });
  };
}

function positionOf(cursor: string) {
  const [requestedAt, inboxId, n] = decodeCursor(position, cursor);
  return { requestedAt, inboxId, n };
}
