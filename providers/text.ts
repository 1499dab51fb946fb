import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';

/** Text of a body part; `defect` says when it may differ from what the sender wrote. */
export interface DecodedText {
  text: string;
  defect: string | null;
}

/** Labels seen in mail that WHATWG does not list, as written after `x-` and separators are gone. */
const ALIASES: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  windows932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  uhc: 'euc-kr',
  ksc56011987: 'euc-kr',
  cp950: 'big5',
  tis620: 'windows-874',
  utf8mb4: 'utf-8',
  iso88598i: 'iso-8859-8',
  ansix31101983: 'windows-1252',
};

const decoders = new Map<string, TextDecoder | null>();
/** A sender makes up labels at will; the table of those seen must not grow with them. */
const MAX_DECODERS = 200;

/** A decoder for a charset label as found in the wild, or null when there is none. */
export const charsetDecoder = (label: string): TextDecoder | null => {
  const key = label.trim().toLowerCase().slice(0, 40);
  const known = decoders.get(key);
  if (known !== undefined) return known;
  const squeezed = key.replace(/^x-/, '').replaceAll(/[\s._-]/g, '');
  const decoder =
    tryDecoder(key) ?? tryDecoder(ALIASES[squeezed] ?? '') ?? tryDecoder(key.replace(/^x-/, ''));
  if (decoders.size >= MAX_DECODERS) decoders.clear();
  decoders.set(key, decoder);
  return decoder;
};

/**
 * Bytes of a text part. Gmail converts most bodies to UTF-8 and leaves the Content-Type as the
 * sender wrote it, but not all of them, so the bytes are believed before the label: text in
 * another charset is hardly ever valid UTF-8.
 * @see openclaw/gogcli#446, macro-inc/macro#6133
 */
export const decodeText = (bytes: Buffer, charset: string): DecodedText => {
  const label = charset.trim().toLowerCase();
  // ISO-2022 and HZ shift with escapes that are themselves ASCII.
  const shifted = bytes.includes(0x1b) && /^(?:cs)?iso-?2022/.test(label);
  const wide = /^(?:utf-?16|ucs-?2)/.test(label) && bytes.includes(0);
  if (!shifted && !wide) {
    if (isAscii(bytes)) return { text: bytes.toString('latin1'), defect: null };
    if (isUtf8(bytes)) return { text: withoutBom(bytes.toString('utf8')), defect: null };
  }
  const decoder = /^utf-?8|ascii/.test(label) || label === '' ? null : charsetDecoder(label);
  if (!decoder) return guess(bytes, label);
  const text = decoder.decode(bytes);
  return { text, defect: text.includes('\uFFFD') ? `charset: not all ${name(label)}` : null };
};

/** Makes text storable: Postgres takes neither NUL nor lone surrogates. */
export const cleanText = (text: string): string => {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', '') : whole;
};

/** No usable label: broken UTF-8 if most of it still reads as such, else Western European. */
const guess = (bytes: Buffer, label: string): DecodedText => {
  const utf8 = withoutBom(bytes.toString('utf8'));
  const broken = utf8.split('\uFFFD').length - 1;
  const sound = utf8.length - broken - utf8.replaceAll(/[^\0-\x7f]/g, '').length;
  const text = sound > broken ? utf8 : (charsetDecoder('windows-1252')?.decode(bytes) ?? utf8);
  return { text, defect: `charset: cannot be ${name(label)}` };
};

const withoutBom = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);

/** Labels end up in `defects`, which is stored in clear: only what looks like a charset. */
const name = (label: string): string =>
  /^[a-z0-9:._-]{1,40}$/.test(label) ? label : 'as labelled';

const tryDecoder = (label: string): TextDecoder | null => {
  if (label === '') return null;
  try {
    return new TextDecoder(label);
  } catch {
    return null;
  }
};
