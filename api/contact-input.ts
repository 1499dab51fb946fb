import { z } from 'zod';
import { type MatchKey, matchKeyOf, unwrap } from '../domain/address.ts';
import { type FieldError, Problem } from './problem.ts';
import { contactId, plainText } from './validate.ts';

const MAX_ADDRESSES = 50;
export const MAX_CONTACTS = 1_000;
/** `/contacts/bulk` is a route, and a contact of that name would share its address. */
const RESERVED_ID = 'bulk';

const fields = {
  name: plainText(500).default(''),
  addresses: z.array(z.string().max(1_000)).max(MAX_ADDRESSES),
};

export const contactBody = z.strictObject(fields);
export const contactsBody = z.strictObject({
  contacts: z
    .array(z.strictObject({ id: contactId, ...fields }))
    .min(1)
    .max(MAX_CONTACTS),
});

export interface ContactInput {
  id: string;
  name: string;
  addresses: { address: string; matchKey: MatchKey }[];
}

interface Given {
  id: string;
  name: string;
  addresses: readonly string[];
}

/**
 * Contacts with the keys their addresses are matched by. Two ways of writing one address are one.
 * @param pathOf where contact `i` stands in the request, for the errors
 * @throws Problem `unusable-address` naming every one; `invalid-request` for an id given twice;
 *   `reserved-id`
 */
export function toContacts(given: readonly Given[], pathOf: (i: number) => string): ContactInput[] {
  refuseReserved(given, pathOf);
  refuseTwice(given, pathOf);
  const errors: FieldError[] = [];
  const contacts = given.map(({ id, name, addresses }, i) => {
    const byKey = new Map<MatchKey, string>();
    addresses.forEach((address, j) => {
      const matchKey = matchKeyOf(address);
      if (!matchKey) errors.push(unusable(`${pathOf(i)}addresses.${j}`, address));
      else if (!byKey.has(matchKey)) byKey.set(matchKey, unwrap(address));
    });
    return {
      id,
      name,
      addresses: [...byKey].map(([matchKey, address]) => ({ address, matchKey })),
    };
  });
  if (errors.length === 0) return contacts;
  const detail = `${errors.length} of the addresses cannot be matched with email. Nothing was changed.`;
  throw new Problem('unusable-address', detail, { errors: errors.slice(0, 20) });
}

/** Names the address: it is the caller's own, and the answer is not logged. */
function unusable(field: string, address: string): FieldError {
  return { field, message: `not an email address: ${JSON.stringify(address.slice(0, 100))}` };
}

function refuseReserved(given: readonly Given[], pathOf: (i: number) => string): void {
  const at = given.findIndex(({ id }) => id === RESERVED_ID);
  if (at < 0) return;
  const detail = `The id "${RESERVED_ID}" is a part of the API’s own addresses. Nothing was changed.`;
  throw new Problem('reserved-id', detail, {
    errors: [{ field: `${pathOf(at)}id`, message: 'reserved' }],
  });
}

function refuseTwice(given: readonly Given[], pathOf: (i: number) => string): void {
  const seen = new Set<string>();
  given.forEach(({ id }, i) => {
    if (seen.has(id)) {
      throw new Problem('invalid-request', 'A contact id is given twice. Nothing was changed.', {
        errors: [{ field: `${pathOf(i)}id`, message: 'given before in this request' }],
      });
    }
    seen.add(id);
  });
}
