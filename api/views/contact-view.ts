import { z } from 'zod';
import type { Contact } from '../../db/contact-store.ts';
import { contactId } from '../validate.ts';

export const contactSchema = z
  .object({ id: contactId, name: z.string(), addresses: z.array(z.string()) })
  .meta({ id: 'Contact', description: 'A contact of the CRM, with the CRM’s own id.' });

/** Addresses as the CRM wrote them; the key they are matched by is our own business. */
export function contactView({ id, name, addresses }: Contact): z.output<typeof contactSchema> {
  return { id, name, addresses: addresses.map(({ address }) => address) };
}
