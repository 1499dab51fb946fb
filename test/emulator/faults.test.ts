import { describe, expect, test } from 'vitest';
import { createControl } from '../../emulator/control-client.ts';
import { startEmulator } from '../../emulator/index.ts';
import { ADDRESS, batchGet, connect, oauthClient, refusal } from './support.ts';

const start = () => startEmulator({ accounts: [{ address: ADDRESS }] });

describe('faults', () => {
  test('strike the next calls of one method, and then no more', async () => {
    await using emulator = await start();
    const { api } = await connect(emulator);
    await emulator.armFault({
      effect: { kind: 'preset', preset: 'retryAfter429' },
      method: 'gmail.users.messages.list',
      times: 1,
    });
    await api.users.getProfile({ userId: 'me' });
    const refused = await refusal(api.users.messages.list({ userId: 'me' }));
    expect(refused).toMatchObject({ status: 429, reason: 'rateLimitExceeded' });
    expect(refused.message).toMatch(/^User-rate limit exceeded. {2}Retry after \d{4}-/);
    await api.users.messages.list({ userId: 'me' });
  });

  test('one message can vanish between list and get', async () => {
    await using emulator = await start();
    const [gone, stays] = [
      await emulator.addMessage({ address: ADDRESS }),
      await emulator.addMessage({ address: ADDRESS }),
    ];
    const effect = { kind: 'preset', preset: 'notFound404' } as const;
    await emulator.armFault({ effect, messageId: gone.id });
    const { auth } = await connect(emulator);
    const paths = [gone.id, stays.id].map((id) => `/gmail/v1/users/me/messages/${id}`);
    const statuses = (await batchGet(emulator.url, auth, paths)).map((part) => part.status);
    expect(statuses).toEqual([404, 200]);
  });

  test('connections break in each of the ways', async () => {
    await using emulator = await start();
    const { accessToken } = await connect(emulator);
    const get = (signal?: AbortSignal) =>
      fetch(`${emulator.url}/gmail/v1/users/me/labels`, {
        headers: { authorization: `Bearer ${accessToken}` },
        ...(signal && { signal }),
      }).then((response) => response.json());
    await emulator.armFault({ effect: { kind: 'reset' }, times: 1 });
    await expect(get()).rejects.toThrow();
    await emulator.armFault({ effect: { kind: 'truncate' }, times: 1 });
    await expect(get()).rejects.toThrow();
    await emulator.armFault({ effect: { kind: 'hang' }, times: 1 });
    await expect(get(AbortSignal.timeout(80))).rejects.toThrow();
    await emulator.armFault({ effect: { kind: 'slow', ms: 100 }, times: 1 });
    const before = performance.now();
    await get();
    expect(performance.now() - before).toBeGreaterThan(80);
    expect((await emulator.accessLog({ status: 0 })).map((entry) => entry.fault)).toEqual([
      'reset',
      'hang',
    ]);
  });

  test('the token endpoint and a batch envelope can fail too', async () => {
    await using emulator = await start();
    const { auth } = await connect(emulator);
    await emulator.armFault({
      effect: { kind: 'preset', preset: 'invalidGrant400' },
      method: 'oauth.token',
      times: 1,
    });
    await expect(auth.refreshAccessToken()).rejects.toThrow('invalid_grant');
    await emulator.armFault({ effect: { kind: 'malformedBatch' }, method: 'batch', times: 1 });
    expect(await batchGet(emulator.url, auth, ['/gmail/v1/users/me/profile'])).toEqual([]);
  });

  test('a seeded chance strikes the same calls every time', async () => {
    const run = async () => {
      await using emulator = await start();
      const { accessToken } = await connect(emulator);
      await emulator.seedFaults({ seed: 5 });
      await emulator.armFault({ effect: { kind: 'status', status: 500 }, probability: 0.4 });
      const statuses: number[] = [];
      for (let i = 0; i < 12; i++) {
        const headers = { authorization: `Bearer ${accessToken}` };
        statuses.push(
          (await fetch(`${emulator.url}/gmail/v1/users/me/profile`, { headers })).status,
        );
      }
      return statuses;
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 500]));
  });
});

describe('control', () => {
  test('works over HTTP with the same methods', async () => {
    await using emulator = await start();
    const control = createControl(emulator.url);
    const { id } = await control.addMessage({ address: ADDRESS, from: 'a@b.example', text: 'x' });
    const { api } = await connect(emulator);
    await api.users.messages.get({ userId: 'me', id });
    const [entry] = await control.accessLog({ method: 'gmail.users.messages.get' });
    expect(entry).toMatchObject({ mailbox: ADDRESS, messageId: id, format: 'full', units: 20 });
    const counts = await control.accessCounts();
    expect(counts).toMatchObject([{ method: 'gmail.users.messages.get', calls: 1 }]);
    await expect(control.deleteAccount({ address: 'no@no.example' })).rejects.toThrow('No account');
  });

  test('messages of one thread key share a thread', async () => {
    await using emulator = await start();
    const one = await emulator.addMessage({ address: ADDRESS, threadKey: 'k', subject: 'Plan' });
    const two = await emulator.addMessage({ address: ADDRESS, threadKey: 'k', as: 'sent' });
    expect(two.threadId).toBe(one.threadId);
  });

  test('the client library’s own token checks hold', async () => {
    await using emulator = await start();
    const { accessToken } = await connect(emulator);
    await emulator.expireAccessTokens({ address: ADDRESS });
    await expect(oauthClient(emulator.url).getTokenInfo(accessToken)).rejects.toThrow();
  });
});
