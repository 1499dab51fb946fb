/**
 * When two written addresses mean the same mailbox. Contacts, the user's own addresses and the
 * participants of a message are compared by match key and nothing else (P1, I3).
 *
 * Stored keys depend on these rules and on the runtime's Unicode tables: changing a rule is a
 * migration of every stored key.
 */

declare const matchKeyBrand: unique symbol;

/** `local@domain`, folded: equal keys mean the same mailbox. Only `matchKeyOf` makes one. */
export type MatchKey = string & { readonly [matchKeyBrand]: true };

/** RFC 5321 4.5.3.1: 64 for the local part, 255 for the domain, one @. */
const MAX_ADDRESS_CHARS = 320;

/** Wrapping such as `<mailto:…>` comes on top; anything longer is not worth unwrapping. */
const MAX_WRAPPED_CHARS = 1_000;
const MAX_LAYERS = 8;

/** One mailbox under two domains, dots and tags ignored (providers.md D1.26). */
const GMAIL_DOMAINS: ReadonlySet<string> = new Set(['gmail.com', 'googlemail.com']);

/** Zero-width and direction marks that copy and paste leaves behind; joiners (ZWJ) have meaning. */
const INVISIBLE = /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;

/** Most addresses: nothing to unwrap, told in one look. */
const PLAIN = /^\w[\w.+=-]*@\w[\w.-]*\w$/;

const ATOM = /^[^\s"(),:;<>@[\\\]\p{Cc}\p{Z}]+$/u;

/** Exchange's own names for a recipient, which no SMTP address of a contact can equal (D2.27). */
const X500 = /^(?:\/o=|imceaex-)/i;

/**
 * The key an address is filed under, or null where there is no mailbox to compare: no `@` or two,
 * an empty side, spaces, control characters, over 320 characters, X500.
 *
 * - Case, Unicode form (NFC, RFC 6532), `<>`, quotes around it, `mailto:`, `smtp:`, a route and
 *   the domain's trailing dot are no difference. Needlessly quoted local parts lose the quotes.
 * - Domains become A-labels, so `büro.example` and `xn--bro-hoa.example` agree.
 * - At Gmail dots and everything from `+` are dropped and googlemail.com becomes gmail.com.
 *   Workspace domains cannot be told from others, so there dots count.
 * - Elsewhere a `+tag` stays: it may be all that tells two parties apart
 *   (`reply+7f3a@helpdesk.example`, VERP bounces). `matchKeysOf` looks past it.
 */
export function matchKeyOf(address: string): MatchKey | null {
  const parts = splitAddress(unwrap(address));
  if (!parts) return null;
  const domain = asciiDomain(parts.domain);
  const folded = foldCase(parts.local);
  const local = GMAIL_DOMAINS.has(domain ?? '') ? gmailLocal(folded) : folded;
  if (!domain || !local) return null;
  const key = `${quoteIfNeeded(local)}@${GMAIL_DOMAINS.has(domain) ? 'gmail.com' : domain}`;
  return key.length > MAX_ADDRESS_CHARS ? null : (key as MatchKey);
}

/**
 * The keys under which a participant may be known, most exact first: its own, then the one
 * without `+tag`, since plus addressing is on at Exchange Online, Outlook.com and most hosts
 * (D2.29). Mail to `ann+crm@x.com` thus finds the contact `ann@x.com`, while a contact filed as
 * `ann+crm@x.com` is found only by that address: looking past the tag of the contact too would
 * let `reply+7f3a@helpdesk.example` draw in everybody's mail from that helpdesk.
 */
export function matchKeysOf(address: string): MatchKey[] {
  const key = matchKeyOf(address);
  if (!key) return [];
  const { local, domain } = splitKey(key);
  const plus = local.indexOf('+');
  if (plus < 1 || local.startsWith('"')) return [key];
  return [key, `${local.slice(0, plus)}@${domain}` as MatchKey];
}

/** Local part (quoted where it must be) and A-label domain of a key. */
export function splitKey(key: MatchKey): { local: string; domain: string } {
  const at = key.lastIndexOf('@');
  return { local: key.slice(0, at), domain: key.slice(at + 1) };
}

/** The address itself, without what mail programs and people wrap around it; '' when too deep. */
export function unwrap(address: string): string {
  if (PLAIN.test(address)) return address;
  if (address.length > MAX_WRAPPED_CHARS) return '';
  let text = address.replace(INVISIBLE, '');
  for (let layer = 0; layer < MAX_LAYERS; layer++) {
    const inner = text
      .trim()
      .replace(/^<|>$|[,;]$/g, '')
      .replace(/^(["'])(.*)\1$/s, '$2')
      .replace(/^(?:mailto|smtp):/i, '')
      .replace(/^@[^:@]*(?:,@[^:@]*)*:/, ''); // source route, RFC 5322 obs-route
    if (inner === text) return text;
    text = inner;
  }
  return '';
}

/** Local part unquoted, domain as written; null where it is no address. */
function splitAddress(text: string): { local: string; domain: string } | null {
  if (text.length > MAX_ADDRESS_CHARS || X500.test(text) || !text.isWellFormed()) return null;
  const quoted = /^"((?:[^"\\]|\\.)+)"@([^@]+)$/s.exec(text);
  if (quoted) {
    const local = (quoted[1] ?? '').replace(/\\(.)/gs, '$1');
    return /\p{Cc}/u.test(local) ? null : { local, domain: quoted[2] ?? '' };
  }
  const [local, domain, ...more] = text.split('@');
  if (!local || !domain || more.length > 0 || !ATOM.test(local)) return null;
  return { local, domain };
}

/** Lower case without regard to language or to a sigma's place in the word. */
function foldCase(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll('ς', 'σ').normalize('NFC');
}

function gmailLocal(local: string): string {
  return local.replace(/\+.*$/s, '').replaceAll('.', '');
}

function quoteIfNeeded(local: string): string {
  return ATOM.test(local) ? local : `"${local.replace(/["\\]/g, '\\$&')}"`;
}

/** The domain in A-labels, lower case, without trailing dot; null when no host could have it. */
function asciiDomain(domain: string): string | null {
  if (/^\[(?:ipv6:)?[0-9a-f.:]+\]$/i.test(domain)) return domain.toLowerCase();
  const bare = domain.toLowerCase().replace(/[.。．｡]$/u, '');
  const ascii = /[^\0-\x7f]|xn--/.test(bare) ? idnToAscii(bare) : bare;
  if (!ascii || ascii.length > 253) return null;
  const labels = ascii.split('.');
  if (!labels.every((label) => /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/.test(label))) return null;
  return /^\d+$/.test(labels.at(-1) ?? '') ? null : ascii; // an IPv4 address without brackets
}

/**
 * UTS 46 by way of the URL parser, which Temporal's workflow sandbox has too, unlike
 * `url.domainToASCII`. ASCII that means something in a URL is refused first, or `x.com/y` and
 * `%78.com` would turn into another domain.
 */
function idnToAscii(domain: string): string | null {
  if (/[\0-,/:-@[-^`{-\x7f]/.test(domain)) return null;
  try {
    return new URL(`http://${domain}`).hostname;
  } catch {
    return /[^\0-\x7f]/.test(domain) ? null : domain;
  }
}
