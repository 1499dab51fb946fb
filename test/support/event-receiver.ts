import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';

export interface ReceivedEvent {
  id: string;
  type: string;
  timestamp: string;
  data: Record<string, unknown> & { inboxId: string; sequence: number };
  headers: IncomingHttpHeaders;
  /** What the receiver answered. */
  status: number;
}

export interface EventReceiver extends AsyncDisposable {
  readonly url: string;
  /** Every attempt, in order. */
  readonly attempts: readonly ReceivedEvent[];
  /** Those it answered with success. */
  readonly accepted: readonly ReceivedEvent[];
  /** Without it signatures are not looked at. */
  secret: string | null;
  /** Status to answer the n-th call with, from 1; null answers nothing and resets. */
  answer: (n: number, data: { inboxId: string }) => number | null | Promise<number | null>;
}

/** A receiver as any customer would write it: the reference library verifies every call. */
export async function startEventReceiver(): Promise<EventReceiver> {
  const attempts: ReceivedEvent[] = [];
  let calls = 0;
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', async () => {
      calls += 1;
      const body = Buffer.concat(chunks).toString('utf8');
      const headers = req.headers as Record<string, string>;
      const valid = receiver.secret === null || verifies(receiver.secret, body, headers);
      const event = JSON.parse(body);
      const answer = valid ? await receiver.answer(calls, event.data) : 401;
      const id = headers['webhook-id'] ?? '';
      attempts.push({ ...event, id, headers: req.headers, status: answer ?? 0 });
      if (answer === null) res.destroy();
      else res.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: EventReceiver = {
    url: `http://127.0.0.1:${port}/hook`,
    attempts,
    get accepted() {
      return attempts.filter(({ status }) => status >= 200 && status < 300);
    },
    secret: null,
    answer: () => 204,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

function verifies(secret: string, body: string, headers: Record<string, string>): boolean {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

export interface ShyReceiver extends AsyncDisposable {
  url: string;
  /** Bodies that were posted. */
  readonly arrived: readonly string[];
  /** Connections that wait for a handshake. */
  connecting: () => number;
  shakeHands: () => void;
}

const pem = (name: string): Buffer =>
  readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url));

/** Takes connections, and does not shake hands before it is told to. */
export async function startShyReceiver(): Promise<ShyReceiver> {
  const shy: Socket[] = [];
  const arrived: string[] = [];
  const https = createHttps({ key: pem('server-key'), cert: pem('server') }, (req, res) => {
    let body = '';
    req.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    req.on('end', () => {
      arrived.push(body);
      res.writeHead(204).end();
    });
  });
  const server = createTcp((socket) => shy.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}/hook`,
    arrived,
    connecting: () => shy.length,
    shakeHands: () => {
      for (const socket of shy.splice(0)) https.emit('connection', socket);
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of shy) socket.destroy();
      https.closeAllConnections();
      server.close();
    },
  };
}
