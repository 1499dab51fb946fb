import { type HttpRequest, json, type Reply } from '../../shared/http.ts';
import type { GmailRequest } from './call.ts';

export const MAX_BATCH_PARTS = 100;

/** One inner request of a multipart/mixed batch. */
export interface BatchPart {
  contentId: string | null;
  request: GmailRequest;
}

/** Reads the parts of a batch; null when the envelope itself makes no sense. */
export const parseBatch = (outer: HttpRequest, batchId: string): BatchPart[] | null => {
  const type = outer.headers['content-type'] ?? '';
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (!/^multipart\/mixed/i.test(type) || !mark) return null;
  const pieces = outer.body.toString('utf8').split(`--${mark}`).slice(1);
  const parts: BatchPart[] = [];
  for (const piece of pieces) {
    if (piece.startsWith('--')) break;
    const part = parsePart(piece.replace(/^\r?\n/, ''), outer, batchId);
    if (!part) return null;
    parts.push(part);
  }
  return parts.length === 0 ? null : parts;
};

const parsePart = (piece: string, outer: HttpRequest, batchId: string): BatchPart | null => {
  const [partHead, rest] = cutAtBlankLine(piece);
  const [head, body] = cutAtBlankLine(rest.replace(/^(\r?\n)+/, ''));
  const [line = '', ...headerLines] = head.split(/\r?\n/);
  const request = /^([A-Z]+)\s+(\S+)/.exec(line);
  if (!request) return null;
  const url = request[2] ?? '/';
  const cut = url.indexOf('?');
  const headers = parseHeaderLines(headerLines);
  return {
    contentId: parseHeaderLines(partHead.split(/\r?\n/))['content-id'] ?? null,
    request: {
      httpMethod: request[1] ?? 'GET',
      path: cut < 0 ? url : url.slice(0, cut),
      query: merge(outer.query, new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1))),
      // The envelope's headers hold for every part; a part's own header wins.
      authorization: headers.authorization ?? outer.headers.authorization,
      contentType: headers['content-type'],
      body: Buffer.from(body.replace(/\r?\n$/, ''), 'utf8'),
      batchId,
      arrivedMs: outer.arrivedMs,
    },
  };
};

const cutAtBlankLine = (text: string): [string, string] => {
  const blank = /\r?\n\r?\n/.exec(text);
  if (!blank) return [text.trimEnd(), ''];
  return [text.slice(0, blank.index), text.slice(blank.index + blank[0].length)];
};

const parseHeaderLines = (lines: readonly string[]): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0)
      headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
};

const merge = (outer: URLSearchParams, inner: URLSearchParams): URLSearchParams => {
  for (const [name, value] of outer) if (!inner.has(name)) inner.append(name, value);
  return inner;
};

/** The outer 200 with one HTTP answer per part, in request order. */
export const renderBatch = (
  parts: readonly BatchPart[],
  replies: readonly Reply[],
  boundary: string,
): Reply => {
  const pieces = parts.map((part, index) => {
    const reply = replies[index] ?? json(500, {});
    return `--${boundary}\r\n${partHeaders(part.contentId)}\r\n${innerHttp(reply)}\r\n`;
  });
  return {
    status: 200,
    headers: { 'content-type': `multipart/mixed; boundary=${boundary}` },
    body: `${pieces.join('')}--${boundary}--\r\n`,
  };
};

const partHeaders = (contentId: string | null): string => {
  const type = 'Content-Type: application/http\r\n';
  if (contentId === null) return type;
  const answered = contentId.startsWith('<')
    ? `<response-${contentId.slice(1)}`
    : `response-${contentId}`;
  return `${type}Content-ID: ${answered}\r\n`;
};

const REASONS: Record<number, string> = {
  200: 'OK',
  204: 'No Content',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};

const innerHttp = (reply: Reply): string => {
  const body = typeof reply.body === 'string' ? reply.body : reply.body.toString('utf8');
  const headers = Object.entries(reply.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const reason = REASONS[reply.status] ?? '';
  return `HTTP/1.1 ${reply.status} ${reason}\r\n${headers.join('')}${length}\r\n${body}`;
};
