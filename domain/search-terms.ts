import { type MatchKey, splitKey, unwrap } from './address.ts';
import { unicodeDomain } from './punycode.ts';

/**
 * The spellings of one address to put to a provider's search, lower case, each once, the written
 * one first. Search compares words and knows none of the equalities of address.ts, so that mail
 * to `annlee@googlemail.com` is found for the contact `Ann.Lee@gmail.com` only when asked for:
 *
 * - Gmail: as written and without dots, at both domains. Other dottings stay unasked: their
 *   number doubles with every letter. Tags are left out, since the words before `+` match too.
 * - IDN: A-label and U-label, as it is not documented which of them a provider indexes.
 * - Otherwise: as written.
 *
 * The terms are raw: quoting for `q` or KQL is the adapter's.
 * @see providers.md A4 (token search), B1 (KQL)
 */
export function searchTermsFor(matchKey: MatchKey, address: string): string[] {
  const { local, domain } = splitKey(matchKey);
  if (domain === 'gmail.com') {
    const written = writtenLocal(address).replace(/\+.*$/s, '');
    const spellings = isDotting(written, local) ? [written, local] : [local];
    return unique(
      ['gmail.com', 'googlemail.com'].flatMap((host) => spellings.map((s) => `${s}@${host}`)),
    );
  }
  const readable = unicodeDomain(domain);
  return unique([`${local}@${readable}`, `${local}@${domain}`]);
}

/**
 * Whether word search for the term finds other people's mail as a matter of course: a local part
 * of one word, such as `ann@x.com`, is the tail of `mary.ann@x.com`, `mary-ann@` and `mary+ann@`.
 * Several words are a tail much more rarely (`rose-mary.ann@`), and any address can be the head of
 * a longer domain (`mary.ann@x.com.au`): those are left to `shouldReadHeadersFirst`.
 */
export function isTailOfOthers(term: string): boolean {
  return !/[.\-_+]/.test(term.slice(0, term.lastIndexOf('@')));
}

function writtenLocal(address: string): string {
  const text = unwrap(address).normalize('NFC').toLowerCase();
  return text.slice(0, Math.max(text.lastIndexOf('@'), 0));
}

/** Guards against a written form that is quoted or otherwise not the key with dots. */
function isDotting(written: string, local: string): boolean {
  return written.replaceAll('.', '') === local;
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}
