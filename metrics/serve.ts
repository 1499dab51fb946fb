import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, register } from 'prom-client';

export interface MetricsOptions {
  host: string;
  port: number;
  /** Whether this process does its work, for `/readyz`. */
  ready(): boolean;
}

export interface MetricsServer extends AsyncDisposable {
  readonly url: string;
}

let collecting = false;

/**
 * `/metrics`, `/healthz` and `/readyz` on a port of their own, which only the inside of the deployment
 * can reach: the numbers are nobody else's business, and nobody has a token for them.
 */
export async function serveMetrics(options: MetricsOptions): Promise<MetricsServer> {
  if (!collecting) collectDefaultMetrics({ prefix: 'sambandh_' });
  collecting = true;
  const server = createServer((req, res) => {
    void answer(req.url ?? '', res, options).catch(() => res.writeHead(500).end());
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function answer(url: string, res: ServerResponse, { ready }: MetricsOptions): Promise<void> {
  switch (url) {
    case '/metrics':
      res.writeHead(200, { 'Content-Type': register.contentType }).end(await register.metrics());
      return;
    case '/healthz':
      res.writeHead(200).end('ok\n');
      return;
    case '/readyz':
      res.writeHead(ready() ? 200 : 503).end(ready() ? 'ready\n' : 'not ready\n');
      return;
    default:
      res.writeHead(404).end();
  }
}
