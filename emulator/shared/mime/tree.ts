import { headerValue, type MimeHeader, parseHeaders, parseStructured } from './headers.ts';
import { decodeWords } from './words.ts';

/** A node of the MIME tree; the body stays a range of the raw bytes until somebody asks for it. */
export interface MimeNode {
  headers: MimeHeader[];
  mimeType: string;
  charset: string;
  transferEncoding: string;
  /** Decoded file name, or ''. */
  filename: string;
  isAttachment: boolean;
  contentId: string;
  /** Byte range of the body within the raw message. */
  start: number;
  end: number;
  children: MimeNode[];
}

/** Deeper nesting is read as an opaque leaf, so a crafted message cannot exhaust the stack. */
const MAX_DEPTH = 24;

export const parseMime = (raw: Buffer): MimeNode => {
  const text = raw.toString('latin1');
  return parseNode(text, 0, text.length, 0, 'text/plain');
};

/** Headers only: what the list and the index need, without walking the body. */
export const parseTopHeaders = (raw: Buffer): MimeHeader[] => {
  let end = raw.indexOf('\r\n\r\n');
  if (end < 0) end = raw.indexOf('\n\n');
  if (end < 0) end = raw.length;
  const text = raw.toString('latin1', 0, end);
  return parseHeaders(text, 0, text.length);
};

const parseNode = (
  text: string,
  start: number,
  end: number,
  depth: number,
  defaultType: string,
): MimeNode => {
  const [headerEnd, bodyStart] = splitAtBlankLine(text, start, end);
  const headers = parseHeaders(text, start, headerEnd);
  const type = parseStructured(headerValue(headers, 'content-type'));
  const disposition = parseStructured(headerValue(headers, 'content-disposition'));
  const encoding = headerValue(headers, 'content-transfer-encoding') ?? '7bit';
  const node: MimeNode = {
    headers,
    mimeType: type.value.includes('/') ? type.value : defaultType,
    charset: type.params.charset ?? 'utf-8',
    transferEncoding: encoding.trim().toLowerCase(),
    filename: fileName(disposition.params, type.params),
    isAttachment: disposition.value === 'attachment',
    contentId: headerValue(headers, 'content-id') ?? '',
    start: Math.min(bodyStart, end),
    end,
    children: [],
  };
  const boundary = type.params.boundary;
  if (depth >= MAX_DEPTH) return node;
  if (node.mimeType.startsWith('multipart/') && boundary) {
    const childType = node.mimeType === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    for (const [from, to] of splitParts(text, node.start, end, boundary)) {
      node.children.push(parseNode(text, from, to, depth + 1, childType));
    }
  } else if (
    node.mimeType === 'message/rfc822' &&
    /^(7bit|8bit|binary)$/.test(node.transferEncoding)
  ) {
    node.children.push(parseNode(text, node.start, end, depth + 1, 'text/plain'));
  }
  return node;
};

/** @returns where the headers end and where the body starts */
const splitAtBlankLine = (text: string, start: number, end: number): [number, number] => {
  if (text.startsWith('\r\n', start)) return [start, start + 2];
  if (text[start] === '\n') return [start, start + 1];
  const crlf = text.indexOf('\r\n\r\n', start);
  const lf = text.indexOf('\n\n', start);
  if (crlf >= 0 && crlf < end && (lf < 0 || crlf < lf)) return [crlf, crlf + 4];
  if (lf >= 0 && lf < end) return [lf, lf + 2];
  return [end, end];
};

/** Ranges between boundary lines. A missing closing line ends the last part at the parent's end. */
const splitParts = (
  text: string,
  start: number,
  end: number,
  boundary: string,
): [number, number][] => {
  const parts: [number, number][] = [];
  const mark = `--${boundary}`;
  let open = -1;
  let at = text.indexOf(mark, start);
  while (at >= 0 && at < end) {
    const after = at + mark.length;
    const atLineStart = at === start || text[at - 1] === '\n';
    // A boundary may be the prefix of a nested one, so what follows must end the line.
    const rest = /^(--)?[ \t]*(\r?\n|$)/.exec(text.slice(after, Math.min(end, after + 80)));
    if (atLineStart && rest) {
      if (open >= 0) parts.push([open, trimLineBreak(text, open, at)]);
      open = after + rest[0].length;
      if (rest[1]) return parts;
    }
    at = text.indexOf(mark, after);
  }
  if (open >= 0 && open < end) parts.push([open, end]);
  return parts;
};

const trimLineBreak = (text: string, start: number, end: number): number => {
  if (end - 2 >= start && text.startsWith('\r\n', end - 2)) return end - 2;
  return end - 1 >= start && text[end - 1] === '\n' ? end - 1 : end;
};

/** Disposition's filename, else type's name; RFC 2231 forms first, then encoded words. */
const fileName = (disposition: Record<string, string>, type: Record<string, string>): string => {
  const extended = disposition['filename*'] ?? disposition['filename*0*'] ?? type['name*'];
  if (extended !== undefined) return decodeExtended(extended);
  return decodeWords(disposition.filename ?? type.name ?? '');
};

const decodeExtended = (value: string): string => {
  const match = /^([^']*)'[^']*'(.*)$/s.exec(value);
  if (!match) return value;
  const bytes = Buffer.from(
    (match[2] ?? '').replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    ),
    'latin1',
  );
  try {
    return new TextDecoder(match[1] || 'utf-8').decode(bytes);
  } catch {
    return bytes.toString('utf8');
  }
};
