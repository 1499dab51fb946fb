import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerUnreadable } from './unreadable-request.ts';

/** Requests still running after this are cut off. */
const DRAIN_MS = 10_000;

export interface RunningServer extends AsyncDisposable {
  readonly url: string;
}

/** Listens; disposing stops accepting, lets running requests end, and closes. */
export async function listen(
  listener: RequestListener,
  { host, port }: { host: string; port: number },
): Promise<RunningServer> {
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      maxHeaderSize: 16_384,
      // Node would refuse without a word; see requireHost.
      requireHostHeader: false,
    },
    listener,
  );
  answerUnreadable(server);
  // An expectation nobody knows may be overlooked (RFC 9110, 10.1.1); Node would answer a bare 417.
  server.on('checkExpectation', listener);
  // Longer than the idle time-outs of proxies, which would otherwise reuse a closing connection.
  server.keepAliveTimeout = 75_000;
  server.listen(port, host);
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    [Symbol.asyncDispose]: () => drain(server),
  };
}

async function drain(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(cut);
}
