import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultEffect } from './faults.ts';

/** An answer before it meets the wire, so that faults can still bend it. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

/** A request, read to its end. */
export interface HttpRequest {
  method: string;
  /** Path without query, still percent-encoded. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: Buffer;
  /** Epoch ms on the emulator's clock, before the body was read. */
  arrivedMs: number;
}

export const json = (status: number, value: unknown, pretty = false): Reply => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8' },
  body: pretty ? `${JSON.stringify(value, null, 2)}\n` : JSON.stringify(value),
});

export const html = (status: number, page: string): Reply => ({
  status,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: page,
});

export const redirect = (location: string): Reply => ({
  status: 302,
  headers: { location, 'cache-control': 'no-store' },
  body: '',
});

export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** @throws BodyTooLargeError when the body passes `maxBytes` */
export const readRequest = async (
  incoming: IncomingMessage,
  maxBytes: number,
  arrivedMs: number,
): Promise<HttpRequest> => {
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) throw new BodyTooLargeError(`Body passes ${maxBytes} bytes`);
    chunks.push(chunk as Buffer);
  }
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: flatten(incoming.headers),
    body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks),
    arrivedMs,
  };
};

const flatten = (headers: IncomingMessage['headers']): Record<string, string | undefined> => {
  const flat: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) {
    flat[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
};

/** Writes `reply`, or does to the connection what `effect` says. */
export const writeReply = async (
  response: ServerResponse,
  reply: Reply,
  effect: FaultEffect | null,
): Promise<void> => {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body, 'utf8') : reply.body;
  if (effect?.kind === 'hang') return;
  if (effect?.kind === 'reset') {
    // An RST in place of a FIN: clients see ECONNRESET and cannot take it for an end of body.
    response.socket?.resetAndDestroy();
    return;
  }
  response.writeHead(reply.status, { ...reply.headers, 'content-length': body.length });
  if (effect?.kind === 'truncate') {
    response.write(body.subarray(0, Math.max(1, body.length >> 1)), () => {
      response.socket?.destroy();
    });
    return;
  }
  if (effect?.kind === 'slow') {
    await writeSlowly(response, body, effect.ms);
    return;
  }
  response.end(body);
};

const writeSlowly = async (response: ServerResponse, body: Buffer, ms: number): Promise<void> => {
  const pieces = 10;
  const step = Math.ceil(body.length / pieces);
  for (let i = 0; i < pieces && !response.destroyed; i++) {
    response.write(body.subarray(i * step, (i + 1) * step));
    await sleep(ms / pieces);
  }
  response.end();
};
