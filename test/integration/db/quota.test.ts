import { afterAll, beforeAll, expect, test } from 'vitest';
import { type QuotaRequest, reserveQuota } from '../../../db/quota-store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { sleep } from './fixtures.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

let budgets = 0;
const budget = (more: Partial<QuotaRequest> = {}): QuotaRequest => {
  budgets += 1;
  return { key: `key ${budgets}`, units: 1, limit: 10, reserve: 0, windowMs: 1_200, ...more };
};

interface Grant {
  /** Epoch ms by the database's clock. */
  at: number;
  units: number;
}

/** The provider's model: the most units in any window that begins with a grant. */
const worstWindow = (grants: readonly Grant[], windowMs: number): number =>
  Math.max(
    ...grants.map(({ at }) =>
      grants
        .filter((other) => other.at >= at && other.at < at + windowMs)
        .reduce((sum, { units }) => sum + units, 0),
    ),
  );

test('B10 never more than the limit in any window of arrivals, and close to all of it', async () => {
  const windowMs = 960;
  const { key, limit } = budget({ limit: 40 });
  const grants: Grant[] = [];
  const endsAt = performance.now() + 5_000;
  const reserve = async (units: number) => {
    const [row = { wait: 0, at: 0 }] = await database.worker.statement<{
      wait: number;
      at: number;
    }>(
      `select reserve_quota($1, $2, $3, 0, $4) as wait,
         (extract(epoch from clock_timestamp()) * 1000)::float8 as at`,
      [key, units, limit, windowMs],
    );
    return row;
  };
  await Promise.all(
    Array.from({ length: 6 }, async (_, worker) => {
      for (let i = 0; performance.now() < endsAt; i += 1) {
        const units = 1 + ((worker + i) % 5);
        const { wait, at } = await reserve(units);
        if (wait > 0) await sleep(wait);
        else grants.push({ at, units });
      }
    }),
  );
  // Calls that arrive up to two slots of 240 late cannot crowd a window either.
  expect(worstWindow(grants, (windowMs * 242) / 240)).toBeLessThanOrEqual(limit);
  const spent = grants.reduce((sum, { units }) => sum + units, 0);
  expect(spent).toBeGreaterThan(limit * 4);
});

test('the wait is long enough, and not much longer', async () => {
  const request = budget({ limit: 5, units: 5 });
  expect(await reserveQuota(database.worker, request)).toBe(0);
  const begun = performance.now();
  const waitMs = await reserveQuota(database.worker, request);
  expect(waitMs).toBeGreaterThan(1_100);
  expect(waitMs).toBeLessThanOrEqual(1_200 * (243 / 240) + 1);
  await sleep(waitMs - (performance.now() - begun) + 2);
  expect(await reserveQuota(database.worker, request)).toBe(0);
});

test('B10 a lane leaves its reserve to the lanes before it', async () => {
  const { key } = budget();
  const take = (reserve: number) => reserveQuota(database.worker, { ...budget({ reserve }), key });
  for (let i = 0; i < 5; i += 1) expect(await take(5)).toBe(0);
  expect(await take(5)).toBeGreaterThan(0);
  for (let i = 0; i < 3; i += 1) expect(await take(2)).toBe(0);
  expect(await take(2)).toBeGreaterThan(0);
  for (let i = 0; i < 2; i += 1) expect(await take(0)).toBe(0);
  expect(await take(0)).toBeGreaterThan(0);
});

test('a call dearer than the limit goes through when nothing else was spent', async () => {
  const request = budget({ units: 50 });
  expect(await reserveQuota(database.worker, request)).toBe(0);
  expect(await reserveQuota(database.worker, request)).toBeGreaterThan(0);
});

test('budgets do not touch each other', async () => {
  const full = budget({ units: 10 });
  expect(await reserveQuota(database.worker, full)).toBe(0);
  expect(await reserveQuota(database.worker, budget())).toBe(0);
});

test('many callers at once share one budget exactly', async () => {
  const request = budget({ limit: 25, windowMs: 60_000 });
  const waits = await Promise.all(
    Array.from({ length: 80 }, () => reserveQuota(database.worker, request)),
  );
  expect(waits.filter((wait) => wait === 0)).toHaveLength(25);
});
