import type { RequestHandler } from 'express';
import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { getContact, putContacts } from '../../db/contact-store.ts';
import { callerOf } from '../auth.ts';
import { contactBody, toContacts } from '../contact-input.ts';
import type { ApiContext } from '../context.ts';
import { contactId, parse } from '../validate.ts';
import { contactView } from '../views/contact-view.ts';

const params = z.object({ id: contactId });

/** `PUT /api/v1/contacts/:id`: the contact as it shall be; addresses left out are removed. */
export function putContact(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id } = parse(params, req.params);
    const body = parse(contactBody, req.body);
    const contacts = toContacts([{ id, ...body }], () => '');
    const { result, contact } = await ctx.database.asUser(callerOf(req), async (tx) => {
      const put = await putContacts(tx, contacts);
      if (put.created + put.updated > 0) {
        await writeAudit(tx, { act: 'contacts.changed', subject: id, count: 1 });
      }
      return { result: put, contact: await getContact(tx, id) };
    });
    ctx.dispatcher.dispatch(result.commands);
    res.status(result.created > 0 ? 201 : 200).json(contact && contactView(contact));
  };
}
