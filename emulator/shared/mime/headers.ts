/** A header as it came: sender's casing, unfolded, encoded words left alone. */
export interface MimeHeader {
  name: string;
  value: string;
}

/**
 * Headers of the block `[start, end)` of a latin1 view of a message.
 * Folded lines lose only their CRLF, as Gmail does it: the indent stays in the value.
 */
export const parseHeaders = (text: string, start: number, end: number): MimeHeader[] => {
  const headers: MimeHeader[] = [];
  const decode = BEYOND_ASCII.test(text.slice(start, end)) ? fromBytes : asIs;
  let at = start;
  while (at < end) {
    let lineEnd = nextLineEnd(text, at, end);
    let value = text.slice(at, trimCr(text, at, lineEnd));
    at = lineEnd + 1;
    while (at < end && (text[at] === ' ' || text[at] === '\t')) {
      lineEnd = nextLineEnd(text, at, end);
      value += text.slice(at, trimCr(text, at, lineEnd));
      at = lineEnd + 1;
    }
    const colon = value.indexOf(':');
    // A line without a name is not a header (an mbox "From " line, say); keeping it would shift all.
    if (colon <= 0) continue;
    headers.push({
      name: value.slice(0, colon).trimEnd(),
      value: decode(value.slice(colon + 1).trim()),
    });
  }
  return headers;
};

const nextLineEnd = (text: string, from: number, end: number): number => {
  const found = text.indexOf('\n', from);
  return found < 0 || found > end ? end : found;
};

const trimCr = (text: string, start: number, lineEnd: number): number =>
  lineEnd > start && text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd;

const BEYOND_ASCII = /[\x80-\xff]/;

/** Raw 8-bit header bytes read as UTF-8. */
const fromBytes = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');
const asIs = (text: string): string => text;

/** The first header called `name` (any casing), or undefined. */
export const headerValue = (headers: readonly MimeHeader[], name: string): string | undefined => {
  const wanted = name.toLowerCase();
  return headers.find((header) => header.name.toLowerCase() === wanted)?.value;
};

/** `text/plain; charset="utf-8"` split into its value and its parameters (lower-case names). */
interface StructuredValue {
  value: string;
  params: Record<string, string>;
}

const PARAM = /;\s*([^\s=;]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)/g;

export const parseStructured = (header: string | undefined): StructuredValue => {
  if (header === undefined) return { value: '', params: {} };
  const semi = header.indexOf(';');
  const value = (semi < 0 ? header : header.slice(0, semi)).trim().toLowerCase();
  const params: Record<string, string> = {};
  if (semi >= 0) {
    for (const [, name = '', raw = ''] of header.slice(semi).matchAll(PARAM)) {
      params[name.toLowerCase()] = unquote(raw.trim());
    }
  }
  return { value, params };
};

const unquote = (text: string): string =>
  text.startsWith('"') && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replace(/\\(.)/g, '$1')
    : text;
