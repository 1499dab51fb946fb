import type { Contact } from '../../db/contact-store.ts';

/** Addresses as the CRM wrote them; the key they are matched by is our own business. */
export function contactView({ id, name, addresses }: Contact) {
  return { id, name, addresses: addresses.map(({ address }) => address) };
}
