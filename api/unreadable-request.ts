import { randomUUID } from 'node:crypto';
import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem, problemDocument } from './problem.ts';

/**
 * What Node's parser refuses never becomes a request. It gets a problem document all the same,
 * unless half of another answer is out on that connection already.
 */
export function answerUnreadable(server: Server): void {
  const latest = new WeakMap<Duplex, ServerResponse>();
  server.on('request', ({ socket }, res) => latest.set(socket, res));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const res = latest.get(socket);
    const midway = res?.headersSent && !res.writableEnded;
    if (midway || !socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else socket.end(rawAnswer(problemOf(error.code)));
  });
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Problem('headers-too-large', 'The address and headers pass 16 KB.');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Problem('request-timeout', 'The request did not arrive whole in time.');
  }
  return new Problem('invalid-request', 'The request is not HTTP/1.1 as it is written down.');
}

/** There is no response object to write with, as there was no request. */
function rawAnswer(problem: Problem): string {
  const requestId = randomUUID();
  const body = JSON.stringify(problemDocument(problem, requestId));
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'Cache-Control: no-store',
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
