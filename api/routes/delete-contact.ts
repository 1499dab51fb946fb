import type { RequestHandler } from 'express';
import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
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
    await ctx.database.asUser(callerOf(req), async (tx) => {
      if (!(await remove(tx, id))) throw notFound('contact');
      await writeAudit(tx, { act: 'contacts.removed', subject: id });
    });
    res.status(204).end();
  };
}
