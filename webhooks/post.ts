import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { assertPublicHost, publicLookup } from './public-address.ts';

export interface PostOptions {
  timeoutMs: number;
  /** Also to private networks and without TLS: for development. */
  allowPrivate: boolean;
  signal?: AbortSignal;
}

/** What came of one attempt. `failure` is a code such as `ECONNREFUSED` or `PRIVATE_ADDRESS`. */
export type PostOutcome = { status: number } | { failure: string };

const agents = {
  'http:': new HttpAgent({ keepAlive: true, maxFreeSockets: 16 }),
  'https:': new HttpsAgent({ keepAlive: true, maxFreeSockets: 16 }),
};

/** Enough to let a polite answer end and its connection be used again. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * One attempt. Redirects are not followed: they would lead past the check of the address. Of the
 * answer only the status counts.
 * @throws the signal's reason when it aborts
 */
export async function postJson(
  url: URL,
  headers: Record<string, string>,
  body: string,
  { timeoutMs, allowPrivate, signal }: PostOptions,
): Promise<PostOutcome> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    if (!allowPrivate) assertPublicHost(url);
    return await send(url, headers, body, {
      signal: signal ? AbortSignal.any([limit, signal]) : limit,
      ...(!allowPrivate && { lookup: publicLookup }),
    });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    return { failure: limit.aborted ? 'TIMEOUT' : codeOf(error) };
  }
}

function send(
  url: URL,
  headers: Record<string, string>,
  body: string,
  guard: { signal: AbortSignal; lookup?: typeof publicLookup },
): Promise<{ status: number }> {
  const secure = url.protocol === 'https:';
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number }>();
  const request = (secure ? httpsRequest : httpRequest)(url, {
    method: 'POST',
    agent: secure ? agents['https:'] : agents['http:'],
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'Sambandh-Webhooks/1',
      ...headers,
    },
    ...guard,
  });
  request.on('error', reject);
  request.on('response', (response) => {
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) response.destroy();
    });
    response.on('error', () => {});
    resolve({ status: response.statusCode ?? 0 });
  });
  request.end(body);
  return promise;
}

/** Never a message, which may hold the address. */
function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'NO_ANSWER';
}
