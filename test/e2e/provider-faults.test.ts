import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FaultRule } from '../../emulator/shared/faults.ts';
import {
  type Person,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
  verdictOf,
  verdictsOf,
} from '../support/product.ts';

// Each has a mailbox of its own and mostly waits.
vi.setConfig({ maxConcurrency: 25 });

let test: TestProduct;

beforeAll(async () => {
  test = await startTestProduct({
    env: { GMAIL_BATCH_SIZE: '10', PROVIDER_TIMEOUT_MS: '3000' },
  });
  await test.emulator.setPush({ minIntervalMs: 0 });
});
afterAll(() => test?.[Symbol.asyncDispose]());

/** The provider's own words for 429 and quota ask for half a minute; this asks for a second. */
const impatient = (status: number, reason: string, message: string): FaultRule['effect'] => ({
  kind: 'status',
  status,
  headers: { 'retry-after': '1' },
  body: { error: { code: status, message, errors: [{ reason, domain: 'usageLimits', message }] } },
});

const preset = (name: string): FaultRule['effect'] =>
  ({ kind: 'preset', preset: name }) as FaultRule['effect'];

const EFFECTS: [string, FaultRule['effect']][] = [
  ['429 too many concurrent requests', impatient(429, 'rateLimitExceeded', 'Too many')],
  [
    '429 without a body of Google’s',
    { kind: 'status', status: 429, headers: { 'retry-after': '1' }, body: 'slow down' },
  ],
  ['403 minute quota', impatient(403, 'rateLimitExceeded', 'Quota exceeded for quota metric')],
  ['403 user rate limit', impatient(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded')],
  ['500', preset('backend500')],
  ['502', preset('badGateway502')],
  ['503', preset('unavailable503')],
  ['503 of a proxy, in HTML', { kind: 'status', status: 503, body: '<html>busy</html>' }],
  ['404 of a proxy, in HTML', { kind: 'status', status: 404, body: '<html>lost</html>' }],
  ['400 Precondition check failed', preset('preconditionFailed400')],
  ['401 in the middle', preset('unauthorized401')],
];

const WIRE: [string, FaultRule['effect']][] = [
  ['no answer at all', { kind: 'hang' }],
  ['a reset connection', { kind: 'reset' }],
  ['a connection reset after the work was done', { kind: 'reset', afterWork: true }],
  ['an answer cut off in the middle', { kind: 'truncate' }],
  ['an answer in drips', { kind: 'slow', ms: 600 }],
];

const MATCHING = 40;

const seeded = async () => {
  const person = await test.person();
  const { contacts, matchingIds } = await test.emulator.seedBulk({
    address: person.address,
    messages: 80,
    matching: MATCHING,
    contacts: 8,
    days: 80,
  });
  await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
  const from = contacts[0]?.addresses[0] ?? '';
  return { person, matchingIds, from };
};

/** Nothing lost, nothing twice, nobody asked to reconnect, the receipt adds up. */
const expectWhole = async (person: Person, inboxId: string, ids: string[]): Promise<void> => {
  expect((await storedIds(test, inboxId)).sort()).toEqual(ids.toSorted());
  const inbox = await person.inbox(inboxId);
  expect(inbox.status).toBe('connected');
  expect([...(await verdictsOf(test, inboxId)).values()]).not.toContain('failed');
  const mails = test.smtp.messages().filter(({ to }) => to.includes(person.address));
  expect(mails.filter(({ subject }) => /reconnect/i.test(subject))).toEqual([]);
};

const survives = async (effect: FaultRule['effect'], methods: string[]): Promise<void> => {
  const { person, matchingIds, from } = await seeded();
  const mailbox = person.address;
  for (const method of methods) {
    // The second call, and the second after that; more in a row would only try the back-off.
    await test.emulator.armFault({ effect, mailbox, method, times: 1, skip: 1 });
    await test.emulator.armFault({ effect, mailbox, method, times: 1, skip: 2 });
  }
  const inboxId = await person.connect();
  const { receipt, state } = await person.untilBackfilled(inboxId, 'initial', {
    timeoutMs: 120_000,
  });
  expect(state).toBe('completed');
  expect(receipt).toMatchObject({ stored: MATCHING, failed: 0, missing: 0 });
  await expectWhole(person, inboxId, matchingIds);

  for (const method of [...methods, 'gmail.users.history.list']) {
    await test.emulator.armFault({ effect, mailbox, method, times: 1 });
  }
  const live = await Promise.all(
    Array.from({ length: 12 }, (_, i) => person.add({ from, subject: `live ${i}` })),
  );
  const all = [...matchingIds, ...live.map(({ id }) => id)];
  await until('the live mail', async () => (await storedIds(test, inboxId)).length >= all.length, {
    timeoutMs: 120_000,
    seen: () => verdictsOf(test, inboxId),
  });
  await expectWhole(person, inboxId, all);
};

const CALLS = ['gmail.users.messages.list', 'gmail.users.messages.get'];

describe('I1 I2 I8 the provider fails', () => {
  it.concurrent.each(EFFECTS)(
    'I1 I2 %s: waited out, nothing lost, nothing twice',
    async (_name, effect) => {
      await survives(effect, CALLS);
    },
    150_000,
  );

  it.concurrent.each(WIRE)(
    'I1 I2 %s: waited out, nothing lost, nothing twice',
    async (_name, effect) => {
      await survives(effect, ['gmail.users.messages.list', 'batch']);
    },
    150_000,
  );

  it.concurrent('I1 I2 a batch answer that makes no sense: asked again', async () => {
    await survives({ kind: 'malformedBatch' }, ['batch']);
  }, 270_000);

  it.concurrent('B2 404 between list and get: gone, and the rest goes on', async () => {
    const { person, matchingIds } = await seeded();
    const [gone = ''] = matchingIds;
    await test.emulator.armFault({
      effect: preset('notFound404'),
      mailbox: person.address,
      method: 'gmail.users.messages.get',
      messageId: gone,
    });
    const inboxId = await person.connect();
    const { receipt, state } = await person.untilBackfilled(inboxId);
    expect(state).toBe('completed');
    expect(receipt).toMatchObject({ stored: MATCHING - 1, gone: 1, missing: 0 });
    expect(await verdictOf(test, inboxId, gone)).toBe('gone');
  }, 60_000);

  it.concurrent('I1 a live message announced before it can be read is read a moment later', async () => {
    const { person, from } = await seeded();
    const inboxId = await person.connectAndBackfill();
    await test.emulator.armFault({
      effect: preset('notFound404'),
      mailbox: person.address,
      method: 'gmail.users.messages.get',
      times: 1,
    });
    const { id } = await person.add({ from, subject: 'early' });
    await until('early stored', async () => (await storedIds(test, inboxId)).includes(id));
    expect(await verdictOf(test, inboxId, id)).toBe('stored');
  }, 60_000);

  it.concurrent('B2 one message the provider refuses for good: failed, and the rest goes on', async () => {
    const { person, matchingIds, from } = await seeded();
    const [poison = ''] = matchingIds;
    await test.emulator.armFault({
      effect: {
        kind: 'status',
        status: 400,
        body: { error: { code: 400, message: 'Invalid', errors: [{ reason: 'invalidArgument' }] } },
      },
      mailbox: person.address,
      method: 'gmail.users.messages.get',
      messageId: poison,
    });
    const inboxId = await person.connect();
    const { receipt, state } = await person.untilBackfilled(inboxId);
    expect(state).toBe('completed_with_failures');
    expect(receipt).toMatchObject({ stored: MATCHING - 1, failed: 1, missing: 0 });
    expect(await verdictOf(test, inboxId, poison)).toMatch(/^failed/);
    const { id } = await person.add({ from, subject: 'after the poison' });
    await until('the next one', async () => (await storedIds(test, inboxId)).includes(id));
  }, 60_000);

  it.concurrent('I1 I2 faults at random over a whole backfill and live mail', async () => {
    const { person, matchingIds, from } = await seeded();
    for (const effect of [preset('unavailable503'), preset('unauthorized401')]) {
      await test.emulator.armFault({
        effect,
        mailbox: person.address,
        method: 'gmail.users.messages.*',
        probability: 0.06,
        times: 8,
      });
    }
    await test.emulator.armFault({
      effect: { kind: 'reset', afterWork: true },
      mailbox: person.address,
      probability: 0.2,
      times: 5,
      skip: 4,
    });
    const inboxId = await person.connect();
    const live: string[] = [];
    for (let i = 0; i < 10; i += 1) live.push((await person.add({ from, subject: `r ${i}` })).id);
    await person.untilBackfilled(inboxId, 'initial', { timeoutMs: 150_000 });
    const all = [...matchingIds, ...live];
    await until('all mail', async () => (await storedIds(test, inboxId)).length >= all.length, {
      timeoutMs: 90_000,
    });
    await expectWhole(person, inboxId, all);
  }, 270_000);
});
