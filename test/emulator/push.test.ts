import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import { ADDRESS, connect, oauthClient, refusal } from './support.ts';

const TOPIC = 'projects/sambandh-emulator/topics/gmail';

interface Pushed {
  authorization: string;
  body: { message: { data: string; messageId: string }; subscription: string };
}

/** A push endpoint that answers with the statuses given, then 204. */
const startEndpoint = async (...statuses: number[]) => {
  const pushed: Pushed[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      pushed.push({ authorization: request.headers.authorization ?? '', body: JSON.parse(text) });
      response.writeHead(statuses.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`;
  return { url, pushed, [Symbol.asyncDispose]: close };
};

const start = async (endpoint: string) =>
  startEmulator({
    accounts: [{ address: ADDRESS }],
    push: { minIntervalMs: 0, minBackoffMs: 10 },
    subscriptions: [
      {
        name: 'projects/sambandh-emulator/subscriptions/s',
        topic: TOPIC,
        endpoint,
        audience: 'sambandh-push',
        serviceAccountEmail: 'push@sambandh.example',
      },
    ],
  });

const watch = { userId: 'me', requestBody: { topicName: TOPIC } };

describe('push', () => {
  test('watching notifies at once, with a token that OAuth2Client verifies', async () => {
    await using endpoint = await startEndpoint();
    await using emulator = await start(endpoint.url);
    const { api } = await connect(emulator);
    const { data } = await api.users.watch(watch);
    expect(Number(data.expiration)).toBeGreaterThan(Date.now() + 6 * 24 * 3600_000);
    await vi.waitFor(() => expect(endpoint.pushed).toHaveLength(1));
    const { authorization, body } = endpoint.pushed[0] ?? { authorization: '', body: null };
    const decoded = JSON.parse(Buffer.from(body?.message.data ?? '', 'base64').toString());
    expect(decoded.emailAddress).toBe(ADDRESS);
    expect(String(decoded.historyId)).toBe(data.historyId);
    const ticket = await oauthClient(emulator.url).verifyIdToken({
      idToken: authorization.replace('Bearer ', ''),
      audience: 'sambandh-push',
    });
    expect(ticket.getPayload()).toMatchObject({
      email: 'push@sambandh.example',
      email_verified: true,
    });
  });

  test('a change is pushed, and pushed again until it is acknowledged', async () => {
    await using endpoint = await startEndpoint(204, 500, 503);
    await using emulator = await start(endpoint.url);
    const { api } = await connect(emulator);
    await api.users.watch(watch);
    await vi.waitFor(() => expect(endpoint.pushed).toHaveLength(1));
    await emulator.addMessage({ address: ADDRESS });
    await vi.waitFor(() => expect(endpoint.pushed).toHaveLength(4));
    const ids = endpoint.pushed.slice(1).map((push) => push.body.message.messageId);
    expect(new Set(ids).size).toBe(1);
    await vi.waitFor(async () => {
      expect((await emulator.pushDeliveries()).at(-1)?.status).toBe('acknowledged');
    });
  });

  test('more than one event a second is dropped', async () => {
    await using endpoint = await startEndpoint();
    await using emulator = await start(endpoint.url);
    await emulator.setPush({ minIntervalMs: 1000 });
    const { api } = await connect(emulator);
    await api.users.watch(watch);
    for (let i = 0; i < 5; i++) await emulator.addMessage({ address: ADDRESS });
    // The initial notification and one event.
    expect(await emulator.pushDeliveries()).toHaveLength(2);
  });

  test('messages can come twice, or never, with the history id as text or number', async () => {
    await using endpoint = await startEndpoint();
    await using emulator = await start(endpoint.url);
    const { api } = await connect(emulator);
    await emulator.setPush({ duplicate: 1, historyIdAs: 'number' });
    await api.users.watch(watch);
    await vi.waitFor(() => expect(endpoint.pushed).toHaveLength(2));
    const [first, second] = endpoint.pushed.map((push) => push.body.message);
    expect(first).toEqual(second);
    const data = JSON.parse(Buffer.from(first?.data ?? '', 'base64').toString());
    expect(typeof data.historyId).toBe('number');
    await emulator.setPush({ drop: 1 });
    await emulator.addMessage({ address: ADDRESS });
    expect(await emulator.pushDeliveries()).toHaveLength(1);
  });

  test('a second topic is refused until stop; the same topic renews', async () => {
    await using emulator = await start('http://127.0.0.1:9/none');
    const { api } = await connect(emulator);
    await api.users.watch(watch);
    await api.users.watch(watch);
    const other = { userId: 'me', requestBody: { topicName: `${TOPIC}-2` } };
    expect(await refusal(api.users.watch(other))).toMatchObject({
      status: 400,
      message:
        'Only one user push notification client allowed per developer (call /stop then try again)',
    });
    await api.users.stop({ userId: 'me' });
    await api.users.watch(other);
  });

  test('an expired watch is silent', async () => {
    await using emulator = await start('http://127.0.0.1:9/none');
    const { api } = await connect(emulator);
    await api.users.watch(watch);
    await emulator.advanceClock({ ms: 8 * 24 * 3600_000 });
    await emulator.clearLog();
    await emulator.addMessage({ address: ADDRESS });
    expect(await emulator.pushDeliveries()).toHaveLength(0);
  });
});
