import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../../db/database.ts';
import {
  type Budget,
  type QuotaRequest,
  reserveQuota as reserve,
} from '../../../db/quota-store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { sleep } from './fixtures.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

type One = Budget & Omit<QuotaRequest, 'budgets'>;
const reserveQuota = (db: Database, { units, windowMs, ...budget }: One): Promise<number> =>
  reserve(db, { units, windowMs, budgets: [budget] });

let budgets = 0;
const budget = (more: Partial<One> = {}): One => {
  budgets += 1;
  return { key: `key ${budgets}`, units: 1, limit: 10, reserve: 0, windowMs: 1_200, ...more };
};

/** Every grant as the database made it: this process hears of it late when the machine is busy. */
const recordGrants = async (): Promise<void> => {
  await database.sql(`
    create table grants (key text, slot bigint, units int);
    create function record_grant() returns trigger language plpgsql as $$
    begin
      insert into grants values (new.key, new.slot,
        new.units - case when tg_op = 'UPDATE' then old.units else 0 end);
      return null;
    end $$;
    create trigger record_grant after insert or update on quota_slots
      for each row execute function record_grant();
    grant insert on grants to sambandh_worker;`);
};

test('B10 never more than the limit in any window of arrivals, and close to all of it', async () => {
  await recordGrants();
  // 240 slots of 4 ms make a window.
  const request = budget({ limit: 40, windowMs: 960 });
  const endsAt = performance.now() + 5_000;
  await Promise.all(
    Array.from({ length: 6 }, async (_, worker) => {
      for (let i = 0; performance.now() < endsAt; i += 1) {
        const units = 1 + ((worker + i) % 5);
        const waitMs = await reserveQuota(database.worker, { ...request, units });
        if (waitMs > 0) await sleep(waitMs);
      }
    }),
  );
  const grants = (
    await database.sql<{ slot: string; units: number }>(
      'select slot, units from grants where key = $1',
      [request.key],
    )
  ).map(({ slot, units }) => ({ slot: Number(slot), units }));
  // The provider's model. A call may arrive up to two slots after its grant, and a grant lies
  // anywhere in its slot: arrivals of one window come from at most 243 neighbouring slots.
  const inWindowFrom = (first: number) =>
    grants
      .filter(({ slot }) => slot >= first && slot < first + 243)
      .reduce((sum, { units }) => sum + units, 0);
  expect(Math.max(...grants.map(({ slot }) => inWindowFrom(slot)))).toBeLessThanOrEqual(40);
  const spent = grants.reduce((sum, { units }) => sum + units, 0);
  expect(spent).toBeGreaterThan(40 * 4);
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

test('I8 units come from both budgets or from none, so that no grant ages while another waits', async () => {
  const mailbox = budget({ limit: 100 });
  const project = budget({ limit: 10, units: 10 });
  expect(await reserveQuota(database.worker, project)).toBe(0);
  const both = { units: 5, windowMs: 1_200, budgets: [mailbox, project] };
  expect(await reserve(database.worker, both)).toBeGreaterThan(0);
  const spent = await database.sql('select from quota_slots where key = $1', [mailbox.key]);
  expect(spent).toHaveLength(0);
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
