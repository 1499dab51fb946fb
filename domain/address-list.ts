import { decodeWords } from 'postal-mime';
import { unwrap } from './address.ts';
import { addressTokens } from './address-tokens.ts';

/**
 * Address headers as they really arrive. Workflows do not import this file: it needs postal-mime.
 *
 * The scanner is our own because postal-mime's `addressParser` loses recipients that the mail was
 * really delivered to (after an unclosed quote or a missing comma, behind a source route or nested
 * comment), which would be contacts missing from a timeline (I1), and needs 5 s for a megabyte of
 * colons. RFC 2047 with its charset aliases stays postal-mime's. Tests compare the two parsers.
 */

export interface Mailbox {
  /** Decoded, on one line; '' when absent. */
  name: string;
  /** As written, without brackets, route or comments; not normalised (see address.ts). */
  address: string;
}

/**
 * RFC 2047 decoding costs the square of its input where encoded words adjoin (postal-mime 4.0.0:
 * 6 s for 1 MB), and headers are written by strangers.
 */
const MAX_DECODED_CHARS = 16_384;
const MAX_NAME_CHARS = 2_048;

/** A run of tokens with no blank between. */
interface Word {
  /** As written, for addresses. */
  raw: string;
  /** Without quotes and escapes, for names. */
  plain: string;
  /** The whole word was one quoted string. */
  quoted: boolean;
}

/** What stands between two separators. */
interface Entry {
  words: Word[];
  comments: string[];
  angle: string | null;
}

/**
 * Mailboxes of an RFC 5322 address header, groups flattened, in order, entries without an address
 * left out. Never throws; time grows with the length only.
 *
 * Read generously, since a recipient missed is mail missed: `;` separates like `,`, a missing
 * comma or closing `>` or `"` loses nobody, and a name that turns out to be the encoded form of
 * `Ann <ann@x.com>` is read as that. But words beside an address in `<>` are never addresses:
 * `"ann@x.com" <mallory@y.com>` is from Mallory alone.
 */
export function parseAddressList(header: string): Mailbox[] {
  return parseEntries(header, true);
}

/** Header text with its encoded words decoded; beyond 16,384 characters they stay as they are. */
export function decodeHeaderText(text: string): string {
  if (!text.includes('=?')) return text;
  return decodeWords(text.slice(0, MAX_DECODED_CHARS)) + text.slice(MAX_DECODED_CHARS);
}

/** @param mayDecode whether an encoded name may turn out to be a list of its own */
function parseEntries(header: string, mayDecode: boolean): Mailbox[] {
  const mailboxes: Mailbox[] = [];
  let entry = emptyEntry();
  const finish = () => {
    for (const mailbox of mailboxesOf(entry, mayDecode)) mailboxes.push(mailbox);
    entry = emptyEntry();
  };
  for (const token of addressTokens(header)) {
    if (token.kind === 'separator') finish();
    else if (token.kind === 'comment') entry.comments.push(token.text);
    else if (token.kind === 'angle') {
      if (entry.angle !== null) finish();
      entry.angle = token.text;
    } else if (token.kind === 'colon') {
      // what stood before it is a group's name, unless it was a mailbox already
      if (entry.angle !== null) finish();
      else entry = emptyEntry();
    } else addToWords(entry.words, token);
  }
  finish();
  return mailboxes;
}

function emptyEntry(): Entry {
  return { words: [], comments: [], angle: null };
}

function addToWords(words: Word[], token: { kind: string; text: string; joined: boolean }): void {
  const quoted = token.kind === 'quoted';
  const raw = quoted ? `"${token.text}"` : token.text;
  const plain = quoted ? token.text.replace(/\\(.)/gs, '$1') : token.text;
  const last = token.joined ? words.at(-1) : undefined;
  if (!last) {
    words.push({ raw, plain, quoted });
    return;
  }
  last.raw += raw;
  last.plain += plain;
  last.quoted = false;
}

function mailboxesOf(entry: Entry, mayDecode: boolean): Mailbox[] {
  const inAngle = entry.angle && cleanAddress(decodeHeaderText(entry.angle));
  if (inAngle) return [{ name: nameOf(entry.words, entry.comments), address: inAngle }];

  const addresses: string[] = [];
  const rest: Word[] = [];
  for (const word of entry.words) {
    // a quoted word is a name, unless there is nothing else
    const isName = word.quoted && entry.words.length > 1;
    const address = isName ? '' : cleanAddress(word.raw);
    if (address) addresses.push(address);
    else rest.push(word);
  }
  if (addresses.length === 0) return mayDecode ? mailboxesInEncodedName(entry.words) : [];
  const name = addresses.length === 1 ? nameOf(rest, entry.comments) : '';
  return addresses.map((address) => ({ name, address }));
}

function mailboxesInEncodedName(words: readonly Word[]): Mailbox[] {
  if (!words.some((word) => word.plain.includes('=?'))) return [];
  const decoded = decodeHeaderText(joinWords(words));
  return decoded.includes('@') ? parseEntries(decoded, false) : [];
}

/** A comment is the name where there is no other: `ann@x.com (Ann Lee)`. */
function nameOf(words: readonly Word[], comments: readonly string[]): string {
  const written = words.length > 0 ? joinWords(words) : comments.join(' ').slice(0, MAX_NAME_CHARS);
  return decodeHeaderText(written)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .replace(/^'(.*)'$/, '$1');
}

function joinWords(words: readonly Word[]): string {
  const plain = words.map((word) => word.plain);
  return plain.join(' ').slice(0, MAX_NAME_CHARS);
}

/** '' for what can be no address; X500 names pass, so that they show as who they are. */
function cleanAddress(written: string): string {
  if (written.length > 1_000 || !/@|^\s*\/o=/i.test(written)) return '';
  const address = unwrap(written.replace(/[\s\p{Cc}]+/gu, ' ')).replace(/^\[/, '');
  const whole = address.includes('[') ? address : address.replace(/\]$/, '');
  return /^[^@].*@.|^\/o=/is.test(whole) ? whole : '';
}
