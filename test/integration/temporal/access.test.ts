import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createSecureServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../../config/config.ts';
import { temporalAccess } from '../../../temporal/access.ts';
import { required } from '../../support/environment.ts';
import '../../support/quiet-temporal.ts';

const fileOf = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url));
const pem = (name: string): Buffer => readFileSync(fileOf(name));

/** Who asked, as Temporal's front end would see it. */
const seen: { client: string; authorization: IncomingHttpHeaders['authorization'] }[] = [];

/** Answers every gRPC call with an empty message, to those who show a certificate of our CA. */
const server = createSecureServer({
  cert: pem('server'),
  key: pem('server-key'),
  ca: pem('ca'),
  requestCert: true,
  rejectUnauthorized: true,
});
server.on('stream', (stream, headers) => {
  const socket = stream.session?.socket as TLSSocket;
  const client = String(socket.getPeerCertificate().subject.CN);
  seen.push({ client, authorization: headers.authorization });
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.alloc(5));
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.close();
});

test('API and worker reach a Temporal behind TLS, a client certificate and an API key', async () => {
  const { port } = server.address() as AddressInfo;
  const access = temporalAccess(
    readConfig({
      ...required(),
      TEMPORAL_ADDRESS: `127.0.0.1:${port}`,
      TEMPORAL_API_KEY: 'an-api-key',
      TEMPORAL_TLS_CA_FILE: fileOf('ca'),
      TEMPORAL_TLS_CERT_FILE: fileOf('client'),
      TEMPORAL_TLS_KEY_FILE: fileOf('client-key'),
      TEMPORAL_TLS_SERVER_NAME: 'temporal.test',
    }),
  );
  const connection = await Connection.connect(access);
  await connection.close();
  const native = await NativeConnection.connect(access);
  await native.close();
  expect(seen.length).toBeGreaterThanOrEqual(2);
  const told = { client: 'client', authorization: 'Bearer an-api-key' };
  expect(seen).toEqual(seen.map(() => told));
  expect(() => readConfig({ ...required(), TEMPORAL_TLS_KEY: 'a key' })).toThrow(
    /TEMPORAL_TLS_CERT: needed together/,
  );
});

test('a plain address stays plain', () => {
  expect(temporalAccess(readConfig(required()))).toEqual({ address: '127.0.0.1:7233', tls: false });
});
