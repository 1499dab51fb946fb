import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import {
  account,
  connectGraph,
  drain,
  type GraphClient,
  type Json,
  OUTLOOK,
} from './graph-support.ts';

const start = () => startEmulator({ outlookAccounts: [account()] });

const batch = async (client: GraphClient, requests: Json[]) => {
  const reply = await client.call('POST', '/$batch', { requests });
  const responses = (reply.body.responses ?? []) as Json[];
  return { ...reply, responses, of: (id: string) => responses.find((one) => one.id === id) };
};

const gets = (count: number, url = '/me/messages?$top=1') =>
  Array.from({ length: count }, (_, index) => ({ id: String(index), method: 'GET', url }));

describe('$batch', () => {
  test('answers every part, four at a time', async () => {
    await using emulator = await start();
    await emulator.setLatency({ rules: [{ method: 'graph.messages.list', ms: 40 }] });
    const client = await connectGraph(emulator);
    const started = performance.now();
    const { status, responses } = await batch(client, gets(20));
    expect(status).toBe(200);
    expect(responses.map((one) => one.status)).toEqual(Array.from({ length: 20 }, () => 200));
    expect(performance.now() - started).toBeGreaterThanOrEqual(5 * 38);
    const [count] = await emulator.graphQuotaCounts();
    expect(count).toMatchObject({ requests: 20, maxConcurrency: 4, throttled: 0 });
  });

  test('refuses 21 parts, repeated ids and circles', async () => {
    await using emulator = await start();
    const client = await connectGraph(emulator);
    expect((await batch(client, gets(21))).message).toContain('maximum value of 20');
    expect((await batch(client, [...gets(1), ...gets(1)])).status).toBe(400);
    const circle = gets(2).map((one, i) => ({ ...one, dependsOn: [String(1 - i)] }));
    expect((await batch(client, circle)).status).toBe(400);
    expect((await batch(client, [])).status).toBe(400);
  });

  test('dependsOn orders; what depends on a failure is 424', async () => {
    await using emulator = await start();
    const client = await connectGraph(emulator);
    const { responses, of } = await batch(client, [
      { id: 'c', method: 'GET', url: '/me/messages', dependsOn: ['b'] },
      { id: 'b', method: 'GET', url: '/me/mailFolders/archive', dependsOn: ['a'] },
      { id: 'a', method: 'GET', url: '/me' },
      { id: 'x', method: 'GET', url: '/me/messages/nothing' },
      { id: 'y', method: 'GET', url: '/me', dependsOn: ['x'] },
    ]);
    const order = responses.map((one) => one.id);
    expect(order.indexOf('a')).toBeLessThan(order.indexOf('b'));
    expect(order.indexOf('b')).toBeLessThan(order.indexOf('c'));
    expect([of('x')?.status, of('y')?.status]).toEqual([400, 424]);
  });

  test('a part can be throttled by itself, carries its own headers and takes long URLs', async () => {
    await using emulator = await start();
    const { id } = await emulator.addMessage({ address: OUTLOOK, from: 'a@x.example' });
    const client = await connectGraph(emulator);
    const effect = { kind: 'preset', preset: 'concurrent429' } as const;
    await emulator.armFault({ effect, method: 'graph.messages.get', times: 1 });
    const headers = { Prefer: 'IdType="ImmutableId"' };
    const long = Array.from({ length: 900 }, (_, i) => `participants:p${i}@x.example`).join(' OR ');
    const query = encodeURIComponent(`"${long} OR from:a@x.example"`);
    const { of } = await batch(client, [
      { id: '1', method: 'GET', url: `/me/messages/${id}`, headers },
      { id: '2', method: 'GET', url: '/me/messages', headers },
      { id: '3', method: 'GET', url: `/me/messages?$search=${query}` },
    ]);
    expect(of('1')).toMatchObject({ status: 429, headers: { 'Retry-After': '1' } });
    expect(of('2')?.body).toMatchObject({ value: [{ id }] });
    expect(of('3')?.body).toHaveProperty('value.length', 1);
    expect((await client.get(`/me/messages?$search=${query}`)).status).toBe(414);
  });
});

describe('throttling', () => {
  test('a fifth call at once is over MailboxConcurrency, with Retry-After', async () => {
    await using emulator = await start();
    await emulator.setLatency({ rules: [{ method: 'graph.*', ms: 80 }] });
    const client = await connectGraph(emulator);
    const replies = await Promise.all(Array.from({ length: 6 }, () => client.get('/me/messages')));
    const refused = replies.filter((reply) => reply.status === 429);
    expect(refused).toHaveLength(2);
    expect(refused[0]).toMatchObject({
      code: 'ApplicationThrottled',
      message: 'Application is over its MailboxConcurrency limit.',
    });
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await client.get('/me/messages')).status).toBe(200);
  });

  test('ten minutes hold so many requests; refused ones count', async () => {
    await using emulator = await start();
    await emulator.setGraphQuota({ requestsPer10Minutes: 3 });
    const client = await connectGraph(emulator);
    for (let i = 0; i < 3; i++) expect((await client.get('/me/messages')).status).toBe(200);
    const refused = await client.get('/me/messages');
    expect(refused).toMatchObject({ status: 429, code: 'TooManyRequests' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(500);
    // The profile is not Exchange's to count.
    expect((await client.get('/me')).status).toBe(200);
    await emulator.advanceClock({ ms: 600_001 });
    expect((await client.get('/me/messages')).status).toBe(200);
  });

  test('the time scale shortens the ten minutes', async () => {
    await using emulator = await start();
    await emulator.setGraphQuota({ requestsPer10Minutes: 1, timeScale: 1200 });
    const client = await connectGraph(emulator);
    await client.get('/me/messages');
    expect((await client.get('/me/messages')).headers.get('retry-after')).toBe('1');
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await client.get('/me/messages')).status).toBe(200);
  });
});

describe('faults and links', () => {
  test('the presets speak Graph', async () => {
    await using emulator = await start();
    const client = await connectGraph(emulator);
    const meet = async (preset: 'unavailable503' | 'gatewayTimeout504' | 'claimsChallenge401') => {
      await emulator.armFault({ effect: { kind: 'preset', preset }, method: 'graph.*', times: 1 });
      return client.get('/me/messages');
    };
    expect((await meet('unavailable503')).headers.get('retry-after')).toBe('1');
    expect((await meet('gatewayTimeout504')).status).toBe(504);
    expect((await meet('claimsChallenge401')).headers.get('www-authenticate')).toContain('claims=');
    await emulator.armFault({ effect: { kind: 'reset' }, method: 'graph.me.get', times: 1 });
    await expect(client.get('/me')).rejects.toThrow();
    expect((await emulator.accessLog({ method: 'graph.me.get' }))[0]).toMatchObject({ status: 0 });
  });

  test('large pages with bodies can time out at the gateway', async () => {
    await using emulator = await start();
    await emulator.setGraphLimits({ gatewayBytes: 20_000 });
    for (let i = 0; i < 20; i++) {
      await emulator.addMessage({ address: OUTLOOK, text: 'x'.repeat(2_000) });
    }
    const client = await connectGraph(emulator);
    expect((await client.get('/me/messages?$top=20')).status).toBe(504);
    expect((await drain(client, '/me/messages?$top=4')).rows).toHaveLength(20);
  });

  test('links can point to graph.microsoft.com', async () => {
    await using emulator = await startEmulator({
      outlookAccounts: [account()],
      graphLinks: 'https://graph.microsoft.com',
    });
    for (let i = 0; i < 2; i++) await emulator.addMessage({ address: OUTLOOK });
    const client = await connectGraph(emulator);
    const { body } = await client.get('/me/messages?$top=1');
    expect(body['@odata.nextLink']).toMatch(
      /^https:\/\/graph\.microsoft\.com\/v1\.0\/me\/messages\?/,
    );
    expect(await emulator.setGraphLinks({ base: null })).toBe(emulator.url);
  });
});
