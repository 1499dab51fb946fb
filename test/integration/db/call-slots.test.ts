import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endCall, type SlotRequest, takeCallSlots } from '../../../db/call-slot-store.ts';
import { CallSlots, type SlotsWanted } from '../../../session/call-slots.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

let mailboxes = 0;
const wanted = (more: Partial<SlotsWanted> = {}): SlotsWanted => {
  mailboxes += 1;
  const patienceMs = Number.POSITIVE_INFINITY;
  return { key: `outlook:${mailboxes}`, lane: 'live', slots: 1, limit: 4, patienceMs, ...more };
};

/** Calls that last until told to end, in the order they began. */
const recorder = () => {
  const begun: { name: string; end: () => void }[] = [];
  const call = (name: string) => () =>
    new Promise<void>((resolve) => begun.push({ name, end: resolve }));
  return { begun, call, names: () => begun.map(({ name }) => name) };
};

test('I8 never more than four calls at once in a mailbox, whichever process makes them', async () => {
  const processes = [1, 2, 3].map(() => new CallSlots(database.worker));
  const { key } = wanted();
  let now = 0;
  let most = 0;
  let done = 0;
  await Promise.all(
    Array.from({ length: 60 }, (_, i) => {
      const slots = i % 10 === 0 ? 4 : 1;
      const lane = (['live', 'user', 'backfill'] as const)[i % 3] ?? 'live';
      return processes[i % 3]?.within(wanted({ key, lane, slots }), async () => {
        now += slots;
        most = Math.max(most, now);
        await sleep(5);
        now -= slots;
        done += 1;
      });
    }),
  );
  expect(done).toBe(60);
  expect(most).toBe(4);
});

test('B10 live mail goes before a waiting user, and both before backfill', async () => {
  const slots = new CallSlots(database.worker);
  const { key } = wanted();
  const { begun, call, names } = recorder();
  const full = slots.within(wanted({ key, slots: 4 }), call('first'));
  await expect.poll(names).toEqual(['first']);
  const waiting = [];
  for (const lane of ['backfill', 'user', 'live'] as const) {
    waiting.push(slots.within(wanted({ key, lane, slots: 4 }), call(lane)));
    await expect.poll(() => inLine(key)).toBe(waiting.length);
  }
  for (let i = 0; i < 4; i += 1) {
    await expect.poll(() => begun.length).toBe(i + 1);
    begun[i]?.end();
  }
  await Promise.all([full, ...waiting]);
  expect(names()).toEqual(['first', 'live', 'user', 'backfill']);
});

const inLine = async (key: string): Promise<number> => {
  const rows = await database.sql("select from call_tickets where key = $1 and state = 'waiting'", [
    key,
  ]);
  return rows.length;
};

test('the slots of a process that died come back when its lease ends', async () => {
  const slots = new CallSlots(database.worker);
  const { key } = wanted();
  const dead: SlotRequest = {
    key,
    ticket: '00000000-0000-4000-8000-000000000001',
    rank: 2,
    slots: 4,
    limit: 4,
    leaseMs: 300,
    lineMs: 5_000,
  };
  expect(await takeCallSlots(database.worker, dead)).toEqual({ granted: true, heldMs: 0 });
  const since = performance.now();
  await slots.within(wanted({ key }), async () => {});
  expect(performance.now() - since).toBeGreaterThan(200);
  await endCall(database.worker, dead.ticket);
});

test('a worker that dies in a call holds its mailbox up for no longer than its activities', async () => {
  const { key } = wanted();
  const { begun, call } = recorder();
  const slots = new CallSlots(database.worker);
  const killed = slots.within(wanted({ key, slots: 4 }), call('killed'));
  await expect.poll(() => begun.length).toBe(1);
  expect(await leftOf(key)).toEqual([expect.toSatisfy((ms: number) => ms <= 8_000)]);
  begun[0]?.end();
  await killed;
});

test('I8 a call keeps its slots for as long as it lasts', async () => {
  const { key } = wanted();
  const { begun, call } = recorder();
  const slots = new CallSlots(database.worker, 1_000);
  const long = slots.within(wanted({ key, slots: 4 }), call('long'));
  await expect.poll(() => begun.length).toBe(1);
  const longer = "expires_at = expires_at + interval '1 hour'";
  await database.sql(`update call_tickets set ${longer} where key = $1`, [key]);
  await expect.poll(async () => Math.max(...(await leftOf(key)))).toBeLessThanOrEqual(1_000);
  begun[0]?.end();
  await long;
  expect(await leftOf(key)).toEqual([]);
});

/** What is left of the leases in that mailbox, in ms. */
const leftOf = async (key: string): Promise<number[]> => {
  const rows = await database.sql<{ ms: number }>(
    `select extract(epoch from expires_at - clock_timestamp())::float * 1000 as ms
     from call_tickets where key = $1`,
    [key],
  );
  return rows.map(({ ms }) => ms);
};

test('a call that is cancelled in line leaves it', async () => {
  const slots = new CallSlots(database.worker);
  const { key } = wanted();
  const { begun, call, names } = recorder();
  const full = slots.within(wanted({ key, slots: 4 }), call('first'));
  await expect.poll(names).toEqual(['first']);
  const stop = new AbortController();
  const stopped = slots.within(wanted({ key, signal: stop.signal }), call('never'));
  await expect.poll(() => inLine(key)).toBe(1);
  stop.abort(new Error('cancelled'));
  await expect(stopped).rejects.toThrow('cancelled');
  expect(await inLine(key)).toBe(0);
  begun[0]?.end();
  await full;
  expect(names()).toEqual(['first']);
});

test('a pause the provider asked for stops every process, and a person is told', async () => {
  const [one, other] = [new CallSlots(database.worker), new CallSlots(database.worker)];
  const { key } = wanted();
  await one.hold(key, 400);
  const impatient = other.within(wanted({ key, lane: 'user', patienceMs: 100 }), async () => {});
  await expect(impatient).rejects.toMatchObject({ name: 'RateLimited', retryAfterMs: 1_000 });
  const since = performance.now();
  await other.within(wanted({ key }), async () => {});
  expect(performance.now() - since).toBeGreaterThan(250);
});

test('a call that fails gives its slot back', async () => {
  const slots = new CallSlots(database.worker);
  const want = wanted({ slots: 4 });
  const failing = async () => {
    throw new Error('no');
  };
  await expect(slots.within(want, failing)).rejects.toThrow('no');
  await slots.within(want, async () => {});
});
