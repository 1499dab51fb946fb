import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import { ADDRESS, batchGet, connect, refusal } from './support.ts';

const start = (quota: object) => startEmulator({ accounts: [{ address: ADDRESS }], quota });

describe('quota', () => {
  test('an exhausted minute is the 403 that Google sends, and passes with time', async () => {
    await using emulator = await start({ unitsPerUserMinute: 10 });
    const { api } = await connect(emulator);
    const list = () => api.users.messages.list({ userId: 'me' });
    await list();
    await list();
    const refused = await refusal(list());
    expect(refused).toMatchObject({ status: 403, reason: 'rateLimitExceeded' });
    expect(refused.message).toMatch(/^Quota exceeded for quota metric 'Queries' and limit/);
    await emulator.advanceClock({ ms: 61_000 });
    await list();
    expect((await emulator.quotaCounts())[0]).toMatchObject({ units: 15, throttled: 1 });
  });

  test('the time scale shortens a minute', async () => {
    await using emulator = await start({ unitsPerUserMinute: 5, timeScale: 600 });
    const { api } = await connect(emulator);
    await api.users.messages.list({ userId: 'me' });
    await expect
      .poll(async () => (await api.users.messages.list({ userId: 'me' })).status, { timeout: 3000 })
      .toBe(200);
  });

  test('both price lists are there', async () => {
    await using emulator = await start({ prices: 'old' });
    const { id } = await emulator.addMessage({ address: ADDRESS });
    const { api } = await connect(emulator);
    await api.users.messages.get({ userId: 'me', id });
    await emulator.setQuota({ prices: 'new' });
    await api.users.messages.get({ userId: 'me', id });
    const units = (await emulator.accessLog({ method: '*.messages.get' })).map((one) => one.units);
    expect(units).toEqual([5, 20]);
  });

  test('a batch beyond the concurrency wall has 429 on the surplus', async () => {
    await using emulator = await start({ concurrency: 50 });
    const { auth } = await connect(emulator);
    const paths = Array.from({ length: 60 }, () => '/gmail/v1/users/me/profile');
    const statuses = (await batchGet(emulator.url, auth, paths)).map((part) => part.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(50);
    expect(statuses.filter((status) => status === 429)).toHaveLength(10);
    const small = await batchGet(emulator.url, auth, paths.slice(0, 50));
    expect(small.every((part) => part.status === 200)).toBe(true);
    expect((await emulator.quotaCounts())[0]).toMatchObject({ maxConcurrency: 60, throttled: 10 });
  });

  test('batches under way together share the wall', async () => {
    await using emulator = await start({ concurrency: 50 });
    await emulator.setLatency({ rules: [{ method: 'batch', ms: 60 }] });
    const { auth } = await connect(emulator);
    const paths = Array.from({ length: 30 }, () => '/gmail/v1/users/me/profile');
    const both = await Promise.all([1, 2].map(() => batchGet(emulator.url, auth, paths)));
    const refused = both.flat().filter((part) => part.status === 429);
    expect(refused).toHaveLength(10);
  });
});
