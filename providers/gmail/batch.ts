import { ProviderUnavailableError } from '../errors.ts';
import { parseJson } from '../http.ts';
import type { BatchAnswer } from './client.ts';
import { parseStructured } from './headers.ts';
import type { Multipart } from './upload.ts';

/** One inner HTTP answer. */
export interface BatchPart {
  /** Position of the request it answers, read back from Content-ID; null when that is missing. */
  index: number | null;
  status: number;
  headers: Headers;
  /** Parsed JSON; undefined when the body is not JSON. */
  body: unknown;
}

/** The boundary of a batch request; our paths hold none of it, ids being percent-encoded. */
const BOUNDARY = 'sambandh_batch';

const CRLF = '\r\n';
const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const LINE_END = Buffer.from('\n');

/**
 * A batch of GETs, the n-th with Content-ID `<item-n@sambandh>`. The outer Authorization serves
 * all of them.
 * @param paths from the API's root, query included
 * @see developers.google.com/workspace/gmail/api/guides/batch
 */
export const buildBatch = (paths: readonly string[]): Multipart => {
  const parts = paths.map((path, index) =>
    [
      `--${BOUNDARY}`,
      'Content-Type: application/http',
      `Content-ID: <item-${index}@sambandh>`,
      '',
      `GET ${path}`,
      '',
      '',
    ].join(CRLF),
  );
  return {
    contentType: `multipart/mixed; boundary=${BOUNDARY}`,
    body: `${parts.join('')}--${BOUNDARY}--${CRLF}`,
  };
};

/**
 * Takes a multipart answer apart in one pass over its bytes; each part's JSON is parsed once.
 * @throws ProviderUnavailableError not multipart, or cut off before its end
 */
export const parseBatch = ({ contentType, body }: BatchAnswer): BatchPart[] => {
  const { value, params } = parseStructured(contentType);
  const boundary = params.get('boundary') ?? '';
  if (value !== 'multipart/mixed' || boundary === '') {
    throw new ProviderUnavailableError('Gmail batch: the answer is not multipart');
  }
  const delimiter = Buffer.from(`--${boundary}`);
  const parts: BatchPart[] = [];
  let at = findDelimiter(body, delimiter, 0);
  for (;;) {
    if (at < 0) throw new ProviderUnavailableError('Gmail batch: the answer is cut off');
    const end = at + delimiter.length;
    if (body[end] === DASH && body[end + 1] === DASH) return parts;
    const next = findDelimiter(body, delimiter, end);
    if (next >= 0) {
      const part = parsePart(body.subarray(end, next));
      if (part) parts.push(part);
    }
    at = next;
  }
};

/** Where the next delimiter starts a line, or -1. JSON cannot hold one: it escapes newlines. */
const findDelimiter = (body: Buffer, delimiter: Buffer, from: number): number => {
  let at = body.indexOf(delimiter, from);
  while (at > 0 && body[at - 1] !== LF) at = body.indexOf(delimiter, at + delimiter.length);
  return at;
};

/** MIME headers, blank line, status line, HTTP headers, blank line, JSON. */
const parsePart = (bytes: Buffer): BatchPart | null => {
  const outer = readLines(bytes, lineAfter(bytes, 0));
  const inner = readLines(bytes, outer.end);
  const [statusLine = '', ...headerLines] = inner.lines;
  const status = Number(/^HTTP\/\d(?:\.\d)? (\d{3})(?: |$)/.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) return null;
  const contentId = toHeaders(outer.lines).get('content-id') ?? '';
  const index = /item-(\d{1,4})@/.exec(contentId)?.[1];
  return {
    index: index === undefined ? null : Number(index),
    status,
    headers: toHeaders(headerLines),
    body: parseJson(bytes.toString('utf8', inner.end)),
  };
};

/** Lines up to the first blank one, and where what follows it starts. */
const readLines = (bytes: Buffer, from: number): { lines: string[]; end: number } => {
  const lines: string[] = [];
  let at = from;
  while (at < bytes.length) {
    const next = lineAfter(bytes, at);
    const stop = bytes[next - 1] === LF ? next - 1 : next;
    const line = bytes.toString('latin1', at, bytes[stop - 1] === CR ? stop - 1 : stop);
    at = next;
    if (line === '') break;
    lines.push(line);
  }
  return { lines, end: at };
};

const lineAfter = (bytes: Buffer, from: number): number => {
  const end = bytes.indexOf(LINE_END, from);
  return end < 0 ? bytes.length : end + 1;
};

/** Only headers that could be ones: `Headers` throws on anything else. */
const toHeaders = (lines: string[]): Headers => {
  const headers = new Headers();
  for (const line of lines) {
    const match = /^([\w-]{1,60}):[ \t]*([\x20-\x7e]*)$/.exec(line);
    if (match?.[1]) headers.append(match[1], match[2] ?? '');
  }
  return headers;
};
