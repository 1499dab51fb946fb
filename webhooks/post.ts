import { type ClientRequest, Agent as HttpAgent, request as httpRequest } from 'node:http';
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

/** Puts the request on the connection, which is there. */
export type Send = (headers: Record<string, string>, body: string) => void;

const agents = {
  'http:': new HttpAgent({ keepAlive: true, maxFreeSockets: 16 }),
  'https:': new HttpsAgent({ keepAlive: true, maxFreeSockets: 16 }),
};

/** Enough to let a polite answer end and its connection be used again. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * One attempt. What is posted is made once the connection is there: looking up a name, connecting and
 * shaking hands may take seconds, in which it may have to be taken back. Redirects are not followed:
 * they would lead past the check of the address. Of the answer only the status counts.
 * @param whenConnected calls `send`, or resolves without to post nothing
 * @returns null when nothing was posted
 * @throws the signal's reason when it aborts; what `whenConnected` throws
 */
export async function postJson(
  url: URL,
  whenConnected: (send: Send) => Promise<void>,
  { timeoutMs, allowPrivate, signal }: PostOptions,
): Promise<PostOutcome | null> {
  const limit = AbortSignal.timeout(timeoutMs);
  const failed = (error: unknown): { failure: string } => {
    if (signal?.aborted) throw signal.reason;
    return { failure: limit.aborted ? 'TIMEOUT' : codeOf(error) };
  };
  const opened = await open(url, {
    signal: signal ? AbortSignal.any([limit, signal]) : limit,
    allowPrivate,
  }).catch(failed);
  if ('failure' in opened) return opened;
  if (!(await fill(opened.request, whenConnected))) return null;
  return await opened.answered.catch(failed);
}

/** @returns false when there is nothing to post */
async function fill(
  request: ClientRequest,
  whenConnected: (send: Send) => Promise<void>,
): Promise<boolean> {
  let sent = false;
  try {
    await whenConnected((headers, body) => {
      sent = true;
      if (request.destroyed) return;
      for (const [name, value] of Object.entries(headers)) request.setHeader(name, value);
      request.setHeader('content-length', Buffer.byteLength(body));
      request.end(body);
    });
    return sent;
  } finally {
    if (!sent) request.destroy();
  }
}

/** Connects; nothing leaves before the request is ended. */
async function open(
  url: URL,
  { signal, allowPrivate }: { signal: AbortSignal; allowPrivate: boolean },
): Promise<{ request: ClientRequest; answered: Promise<{ status: number }> }> {
  if (!allowPrivate) assertPublicHost(url);
  const secure = url.protocol === 'https:';
  const { promise: connected, resolve: connect, reject: fail } = Promise.withResolvers<void>();
  const { promise: answered, resolve, reject } = Promise.withResolvers<{ status: number }>();
  // It may fail before somebody waits for it.
  answered.catch(() => {});
  const request = (secure ? httpsRequest : httpRequest)(url, {
    method: 'POST',
    agent: secure ? agents['https:'] : agents['http:'],
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Sambandh-Webhooks/1',
    },
    signal,
    ...(!allowPrivate && { lookup: publicLookup }),
  });
  request.on('socket', (socket) => {
    if (request.reusedSocket) connect();
    else socket.once(secure ? 'secureConnect' : 'connect', () => connect());
  });
  request.on('error', (error) => {
    fail(error);
    reject(error);
  });
  request.on('response', (response) => {
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) response.destroy();
    });
    response.on('error', () => {});
    resolve({ status: response.statusCode ?? 0 });
  });
  await connected;
  return { request, answered };
}

/** Never a message, which may hold the address. */
function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'NO_ANSWER';
}
