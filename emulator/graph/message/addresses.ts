import { decodeWords } from '../../shared/mime/words.ts';

export interface Recipient {
  emailAddress: { name: string; address: string };
}

/** Cuts at commas and semicolons outside quotes and angle brackets. */
const splitAddresses = (value: string): string[] =>
  value.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,;"<])+/g) ?? [];

const unquote = (name: string): string =>
  name
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .replace(/\\(.)/g, '$1');

/**
 * Recipients of one header. What stands in the brackets is handed out as it is: an X500 address
 * (`/O=EXCHANGELABS/…`) is no less an address to Exchange. The group syntax has no members.
 */
export const parseRecipients = (header: string | undefined): Recipient[] => {
  if (header === undefined) return [];
  return splitAddresses(header.replace(/^[^"<@,]*:(.*?);?\s*$/s, '$1')).flatMap((part) => {
    const match = /^(.*?)<([^>]*)>\s*$/s.exec(part);
    const address = (match?.[2] ?? part).trim();
    if (address === '') return [];
    const name = unquote(decodeWords(match?.[1] ?? '')) || address;
    return [{ emailAddress: { name, address } }];
  });
};
