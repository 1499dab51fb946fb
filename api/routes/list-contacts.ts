import type { RequestHandler } from 'express';
import { z } from 'zod';
import { listContacts as list } from '../../db/contact-store.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { cursorText, decodeCursor, encodeCursor } from '../cursor.ts';
import { contactId, pageLimit, parse } from '../validate.ts';
import { contactView } from '../views/contact-view.ts';

const query = z.strictObject({ limit: pageLimit, cursor: cursorText.optional() });
const position = z.tuple([contactId]);

/** `GET /api/v1/contacts?limit&cursor`: the org's, by id. */
export function listContacts(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { limit, cursor } = parse(query, req.query);
    const after = cursor ? decodeCursor(position, cursor)[0] : undefined;
    const contacts = await ctx.database.asOrg(callerOf(req).orgId, (tx) =>
      list(tx, { after, limit: limit + 1 }),
    );
    const page = contacts.slice(0, limit);
    const last = page.at(-1);
    const more = contacts.length > limit && last;
    res.json({
      contacts: page.map(contactView),
      nextCursor: more ? encodeCursor([last.id]) : null,
    });
  };
}
