import type { RequestHandler } from 'express';
import { z } from 'zod';
import { listAudit } from '../../db/audit-store.ts';
import { auditOf, requireAuditView } from '../audit-input.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { cursorText, decodeCursor, encodeCursor, timePosition } from '../cursor.ts';
import { pageLimit, parse } from '../validate.ts';
import { auditView } from '../views/audit-view.ts';

const query = z.strictObject({ of: auditOf, limit: pageLimit, cursor: cursorText.optional() });

/** `GET /api/v1/audit?of=own|org&limit&cursor`: who did what, newest first. */
export function listAuditLog(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { of, limit, cursor } = parse(query, req.query);
    const caller = callerOf(req);
    requireAuditView(of, caller);
    const start = cursor ? decodeCursor(timePosition, cursor) : null;
    const before = start ? { at: start[0], id: start[1] } : undefined;
    const rows = await ctx.database.asUser(caller, (tx) =>
      listAudit(tx, { of, limit: limit + 1, before }),
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    res.json({
      entries: page.map(auditView),
      nextCursor: rows.length > limit && last ? encodeCursor([last.at, last.id]) : null,
    });
  };
}
