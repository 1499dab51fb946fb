import { z } from 'zod';
import { getContact as read } from '../../db/contact-store.ts';
import { notFound } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { contactId } from '../validate.ts';
import { contactSchema, contactView } from '../views/contact-view.ts';

export const getContact = defineRoute({
  method: 'get',
  path: '/api/v1/contacts/{id}',
  name: 'getContact',
  tag: 'Contacts',
  summary: 'A contact',
  params: z.object({ id: contactId }),
  responses: { 200: contactSchema },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, caller }) => {
  const contact = await ctx.database.asOrg(caller.orgId, (tx) => read(tx, id));
  if (!contact) throw notFound('contact');
  return { status: 200, body: contactView(contact) };
});
