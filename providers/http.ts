import { ContentFreeError } from '../domain/errors.ts';

/** Marks an answer of more bytes than allowed. */
export class TooManyBytesError extends ContentFreeError {
  override readonly name = 'TooManyBytes';
}

/** An answer, its body still bytes. */
export interface RawAnswer {
  status: number;
  headers: Headers;
  body: Buffer;
}

/**
 * One HTTP attempt over Node's own fetch: it keeps connections alive, and the epoch fence watches
 * its diagnostics channels to know when a request has left (session/until-sent.ts). Redirects are
 * refused, they would carry the token elsewhere. Proxies: NODE_USE_ENV_PROXY.
 * @throws TooManyBytesError after `maxBytes`, without reading on
 */
export const sendOnce = async (
  url: string | URL,
  init: RequestInit,
  maxBytes: number,
): Promise<RawAnswer> => {
  const response = await fetch(url, { ...init, redirect: 'error' });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new TooManyBytesError(`more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const { status, headers } = response;
  return { status, headers, body: Buffer.concat(chunks, bytes) };
};

/** The value, or undefined when the text is not JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** JSON of text or bytes, undefined when it is none; anything else as it is. */
export const toJson = (body: unknown): unknown => {
  if (Buffer.isBuffer(body)) return parseJson(body.toString('utf8'));
  return typeof body === 'string' ? parseJson(body) : body;
};
