import type { RequestHandler } from 'express';
import { writeAudit } from '../../db/audit-store.ts';
import { putContacts as put } from '../../db/contact-store.ts';
import { callerOf } from '../auth.ts';
import { contactsBody, toContacts } from '../contact-input.ts';
import type { ApiContext } from '../context.ts';
import { parse } from '../validate.ts';

/** `POST /api/v1/contacts/bulk`: up to 1,000 contacts, all of them or none. */
export function putContacts(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const body = parse(contactsBody, req.body);
    const contacts = toContacts(body.contacts, (i) => `contacts.${i}.`);
    const { commands, ...counts } = await ctx.database.asUser(callerOf(req), async (tx) => {
      const result = await put(tx, contacts);
      const count = result.created + result.updated;
      if (count > 0) await writeAudit(tx, { act: 'contacts.changed', count });
      return result;
    });
    ctx.dispatcher.dispatch(commands);
    res.json(counts);
  };
}
