import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { getContact, putContacts } from '../../db/contact-store.ts';
import { contactBody, toContacts } from '../contact-input.ts';
import { notFound } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { contactId } from '../validate.ts';
import { contactSchema, contactView } from '../views/contact-view.ts';

export const putContact = defineRoute({
  method: 'put',
  path: '/api/v1/contacts/{id}',
  name: 'putContact',
  tag: 'Contacts',
  summary: 'The contact as it shall be; addresses left out are removed',
  description: 'New addresses are back-fetched in every connected inbox of the org (B4).',
  params: z.object({ id: contactId }),
  body: contactBody,
  responses: { 200: contactSchema, 201: contactSchema },
  problems: ['unusable-address', 'reserved-id'],
}).handle((ctx) => async ({ params: { id }, body, caller }) => {
  const contacts = toContacts([{ id, ...body }], () => '');
  const { result, contact } = await ctx.database.asUser(caller, async (tx) => {
    const put = await putContacts(tx, contacts);
    if (put.created + put.updated > 0) {
      await writeAudit(tx, { act: 'contacts.changed', subject: id, count: 1 });
    }
    return { result: put, contact: await getContact(tx, id) };
  });
  ctx.dispatcher.dispatch(result.commands);
  if (!contact) throw notFound('contact');
  return { status: result.created > 0 ? 201 : 200, body: contactView(contact) };
});
