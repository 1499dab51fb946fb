import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { deleteContact as remove } from '../../db/contact-store.ts';
import { notFound } from '../problem.ts';
import { defineRoute, noBody } from '../route.ts';
import { contactId } from '../validate.ts';

export const deleteContact = defineRoute({
  method: 'delete',
  path: '/api/v1/contacts/{id}',
  name: 'deleteContact',
  tag: 'Contacts',
  summary: 'Remove a contact: no new email comes in for it',
  params: z.object({ id: contactId }),
  responses: { 204: noBody('Removed.') },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, caller }) => {
  await ctx.database.asUser(caller, async (tx) => {
    if (!(await remove(tx, id))) throw notFound('contact');
    await writeAudit(tx, { act: 'contacts.removed', subject: id });
  });
  return { status: 204 };
});
