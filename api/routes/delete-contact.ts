import type { RequestHandler } from 'express';
import { z } from 'zod';
import { deleteContact as remove } from '../../db/contact-store.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { notFound } from '../problem.ts';
import { contactId, parse } from '../validate.ts';

const params = z.object({ id: contactId });

/** `DELETE /api/v1/contacts/:id`: no new email comes in for it. */
export function deleteContact(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id } = parse(params, req.params);
    const deleted = await ctx.database.asOrg(callerOf(req).orgId, (tx) => remove(tx, id));
    if (!deleted) throw notFound('contact');
    res.status(204).end();
  };
}
