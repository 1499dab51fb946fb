import { decodeHeaderText } from '../../domain/address-list.ts';
import { charsetDecoder, cleanText } from '../text.ts';
import type { Header } from './payload.ts';

/** A value such as `text/plain; charset=utf-8`. */
export interface StructuredHeader {
  /** Lower case. */
  value: string;
  /** Names in lower case, values decoded (RFC 2231, RFC 2047). */
  params: Map<string, string>;
}

/** Every value of a header, unfolded, in order. */
export const headerValues = (headers: readonly Header[], name: string): string[] =>
  headers.filter((header) => header.name === name).map((header) => unfold(header.value));

/** The first value of a header that says something, or ''. */
export const headerValue = (headers: readonly Header[], name: string): string =>
  headerValues(headers, name).find((value) => value !== '') ?? '';

/** Free text of a header: encoded words decoded, nothing in it that storage would refuse. */
export const headerText = (value: string): string =>
  cleanText(decodeHeaderText(value))
    .replaceAll(/[\r\n\t]+/g, ' ')
    .trim();

/**
 * Splits a structured header. Hand-written scan: a regular expression for quoted parameters is
 * quadratic on `;;;;"\"\"…`.
 */
export const parseStructured = (header: string): StructuredHeader => {
  const [value = '', ...rest] = splitOutsideQuotes(header);
  const raw = new Map<string, string>();
  for (const item of rest) {
    const equals = item.indexOf('=');
    if (equals < 1) continue;
    const name = item.slice(0, equals).trim().toLowerCase();
    // First one wins: a second charset or filename is how filters are fooled.
    if (!raw.has(name)) raw.set(name, unquote(item.slice(equals + 1).trim()));
  }
  return { value: value.trim().toLowerCase(), params: decodeParams(raw) };
};

const unfold = (value: string): string =>
  (/[\r\n]/.test(value) ? value.replaceAll(/\r?\n[ \t]*|\r/g, ' ') : value).trim();

const splitOutsideQuotes = (header: string): string[] => {
  const items: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < header.length; at++) {
    const char = header[at];
    if (char === '\\' && quoted) at++;
    else if (char === '"') quoted = !quoted;
    else if (char === ';' && !quoted) {
      items.push(header.slice(start, at));
      start = at + 1;
    }
  }
  items.push(header.slice(start));
  return items;
};

const unquote = (value: string): string =>
  value.startsWith('"')
    ? value
        .slice(1)
        .replace(/"[^"]*$/, '')
        .replaceAll(/\\(.)/g, '$1')
    : value;

/** Joins `filename*0*=`, `filename*1=` … and undoes percent and word encoding. */
const decodeParams = (raw: Map<string, string>): Map<string, string> => {
  const params = new Map<string, string>();
  const pieces = new Map<string, { index: number; encoded: boolean; value: string }[]>();
  for (const [key, value] of raw) {
    const match = /^([^*]+)\*(\d{1,3})?(\*)?$/.exec(key);
    if (!match?.[1]) {
      params.set(key, headerText(value));
      continue;
    }
    const list = pieces.get(match[1]) ?? [];
    list.push({ index: Number(match[2] ?? 0), encoded: !match[2] || !!match[3], value });
    pieces.set(match[1], list);
  }
  for (const [name, list] of pieces) params.set(name, joinPieces(list));
  return params;
};

const joinPieces = (list: { index: number; encoded: boolean; value: string }[]): string => {
  list.sort((a, b) => a.index - b.index);
  let charset = '';
  const bytes = list.map((piece, index) => {
    if (!piece.encoded) return Buffer.from(piece.value, 'utf8');
    const marked = index === 0 ? /^([^']*)'[^']*'(.*)$/s.exec(piece.value) : null;
    if (marked) charset = marked[1] ?? '';
    return percentDecode(marked ? (marked[2] ?? '') : piece.value);
  });
  const decoder = charsetDecoder(charset || 'utf-8') ?? new TextDecoder();
  return headerText(decoder.decode(Buffer.concat(bytes)));
};

const percentDecode = (value: string): Buffer =>
  Buffer.from(
    value.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    'latin1',
  );
