import { readFileSync } from 'node:fs';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { disconnectInbox } from '../../../db/inbox-store.ts';
import { StaleEpochError } from '../../../domain/errors.ts';
import { throughFence } from '../../../session/call-gate.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, connect } from './fixtures.ts';

const pem = (name: string): Buffer =>
  readFileSync(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));

/** A provider that takes connections, and does not shake hands before it is told to. */
const startProvider = async () => {
  const shy: Socket[] = [];
  const arrived: string[] = [];
  const https = createHttps({ key: pem('server-key'), cert: pem('server') }, (req, res) => {
    arrived.push(req.url ?? '');
    res.end('{}');
  });
  const server = createServer((socket) => shy.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    shy,
    arrived,
    shakeHands: () => {
      for (const socket of shy.splice(0)) https.emit('connection', socket);
    },
    [Symbol.dispose]: () => {
      https.closeAllConnections();
      server.close();
    },
  };
};

const PATIENT = { timeout: 30_000, interval: 10 };

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  // The certificate of the fixtures names nobody.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await database?.[Symbol.asyncDispose]();
});

test('B7 a disconnect waits for a call that waits for its connection; after it none leaves', async () => {
  using provider = await startProvider();
  const inbox = await connect(database);
  const fence = { database: database.worker, inbox, timeoutMs: 5_000 };
  const spec = { method: 'messages.list', units: 0 };
  const call = throughFence(fence, spec, async (signal) => {
    const response = await fetch(`${provider.url}/leaving`, { signal });
    return response.status;
  });
  await vi.waitUntil(() => provider.shy.length === 1, PATIENT);

  const order: string[] = [];
  const stopping = database.api
    .asUser(ALICE, (tx) => disconnectInbox(tx, inbox.inboxId))
    .then(() => order.push(`stopped after ${provider.arrived.length}`));
  await vi.waitUntil(async () => order.length > 0 || (await database.waiting()) > 0, PATIENT);
  provider.shakeHands();
  expect(await call).toBe(200);
  await stopping;
  expect(order).toEqual(['stopped after 1']);
  await expect(throughFence(fence, spec, () => fetch(provider.url))).rejects.toThrow(
    StaleEpochError,
  );
  expect(provider.arrived).toEqual(['/leaving']);
});
