import { z } from 'zod';
import { listContacts as list } from '../../db/contact-store.ts';
import { decodeCursor, nextCursor, pageOf, pageQuery } from '../cursor.ts';
import { defineRoute } from '../route.ts';
import { contactId } from '../validate.ts';
import { contactSchema, contactView } from '../views/contact-view.ts';

const position = z.tuple([contactId]);

export const listContacts = defineRoute({
  method: 'get',
  path: '/api/v1/contacts',
  name: 'listContacts',
  tag: 'Contacts',
  summary: 'The org’s contacts, by id',
  query: pageQuery,
  responses: { 200: z.object({ contacts: z.array(contactSchema), nextCursor }) },
}).handle((ctx) => async ({ query: { limit, cursor }, caller }) => {
  const after = cursor ? decodeCursor(position, cursor)[0] : undefined;
  const contacts = await ctx.database.asOrg(caller.orgId, (tx) =>
    list(tx, { after, limit: limit + 1 }),
  );
  const { page, nextCursor } = pageOf(contacts, limit, ({ id }) => [id]);
  return { status: 200, body: { contacts: page.map(contactView), nextCursor } };
});
