import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { putContacts as put } from '../../db/contact-store.ts';
import { contactsBody, MAX_CONTACTS, toContacts } from '../contact-input.ts';
import { jsonOf } from '../read-json.ts';
import { defineRoute } from '../route.ts';

const count = z.int().nonnegative();

export const putContacts = defineRoute({
  method: 'post',
  path: '/api/v1/contacts/bulk',
  name: 'putContacts',
  tag: 'Contacts',
  summary: `Up to ${MAX_CONTACTS.toLocaleString('en')} contacts, all of them or none`,
  body: contactsBody,
  // As large as that many contacts need.
  readBody: jsonOf(
    '4mb',
    `This address takes bodies up to 4 MB and ${MAX_CONTACTS.toLocaleString('en')} contacts.`,
  ),
  responses: {
    200: z.object({
      created: count,
      updated: count,
      addressesAdded: count,
      addressesRemoved: count,
    }),
  },
  problems: ['unusable-address', 'reserved-id'],
}).handle((ctx) => async ({ body, caller }) => {
  const contacts = toContacts(body.contacts, (i) => `contacts.${i}.`);
  const { commands, ...counts } = await ctx.database.asUser(caller, async (tx) => {
    const result = await put(tx, contacts);
    const changed = result.created + result.updated;
    if (changed > 0) await writeAudit(tx, { act: 'contacts.changed', count: changed });
    return result;
  });
  ctx.dispatcher.dispatch(commands);
  return { status: 200, body: counts };
});
