import type { gaxios } from 'google-auth-library';
import { ContentFreeError } from '../../domain/errors.ts';

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

/**
 * The API library on top of `sendOnce`. Any status is an answer, so that the library neither
 * repeats nor wraps it: its retries ignore Retry-After and the quota gate. `data` is the parsed
 * JSON, or undefined when it does not parse.
 */
export const oneAttempt = (maxBytes: number): gaxios.GaxiosOptions => ({
  retry: false,
  validateStatus: () => true,
  adapter: async <T>(config: gaxios.GaxiosOptionsPrepared) => {
    const { url, method, headers, body, signal } = config;
    const init: RequestInit = { method: method ?? 'GET', headers, body: body ?? null };
    const answer = await sendOnce(url, signal ? { ...init, signal } : init, maxBytes);
    const data = parseJson(answer.body.toString('utf8')) as T;
    const { status, headers: answered } = answer;
    return Object.assign(new Response(null, { status, headers: answered }), { config, data });
  },
});

/** The value, or undefined when the text is not JSON. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
