import { headerValue, parseHeaders, parseStructured } from '../../shared/mime/headers.ts';
import type { GmailRequest } from './call.ts';
import { invalidArgument } from './errors.ts';

/** A message sent as bytes, and the JSON that says more about it; empty when nothing does. */
interface Upload {
  media: Buffer;
  metadata: Buffer;
}

/**
 * Simple and multipart uploads; resumable ones are not played.
 * @throws ApiError 400
 * @see developers.google.com/workspace/gmail/api/guides/uploads
 */
export const readUpload = ({ query, body, contentType }: GmailRequest): Upload => {
  const type = query.get('uploadType') ?? query.get('upload_protocol');
  if (type === 'media' || type === 'raw') {
    requireMessage(contentType);
    return { media: body, metadata: Buffer.alloc(0) };
  }
  if (type !== 'multipart') throw invalidArgument(`Invalid upload type: ${type}`);
  const { value, params } = parseStructured(contentType);
  const [metadata, media, ...more] = splitParts(body, params.boundary ?? '');
  if (value !== 'multipart/related' || !metadata || !media || more.length > 0) {
    throw invalidArgument('Malformed multipart body.');
  }
  requireMessage(media.contentType);
  return { media: media.body, metadata: metadata.body };
};

const requireMessage = (contentType = ''): void => {
  if (/^message\//i.test(contentType)) return;
  throw invalidArgument(
    `Media type '${contentType}' is not supported. Valid media types: [message/*]`,
  );
};

interface Part {
  contentType: string | undefined;
  body: Buffer;
}

/** Bytes as they came; none when the body is not closed. */
const splitParts = (body: Buffer, boundary: string): Part[] => {
  const mark = `--${boundary}`;
  const parts: Part[] = [];
  let at = boundary !== '' && body.indexOf(mark) === 0 ? mark.length : -1;
  while (at >= 0 && body.toString('latin1', at, at + 2) !== '--') {
    const next = body.indexOf(`\r\n${mark}`, at);
    if (next < 0) return [];
    parts.push(readPart(body.subarray(at + 2, next)));
    at = next + 2 + mark.length;
  }
  return at < 0 ? [] : parts;
};

const readPart = (part: Buffer): Part => {
  const blank = part.indexOf('\r\n\r\n');
  const head = part.toString('latin1', 0, Math.max(0, blank));
  const contentType = headerValue(parseHeaders(head, 0, head.length), 'content-type');
  return { contentType: contentType?.trim(), body: part.subarray(blank < 0 ? 0 : blank + 4) };
};
