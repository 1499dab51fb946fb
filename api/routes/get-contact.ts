import type { RequestHandler } from 'express';
import { z } from 'zod';
import { getContact as read } from '../../db/contact-store.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { notFound } from '../problem.ts';
import { contactId, parse } from '../validate.ts';
import { contactView } from '../views/contact-view.ts';

const params = z.object({ id: contactId });

/** `GET /api/v1/contacts/:id` */
export function getContact(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id } = parse(params, req.params);
    const contact = await ctx.database.asOrg(callerOf(req).orgId, (tx) => read(tx, id));
    if (!contact) throw notFound('contact');
    res.json(contactView(contact));
  };
}
