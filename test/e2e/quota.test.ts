import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestProduct, storedIds, type TestProduct, until } from '../support/product.ts';

/** A quota minute lasts 6 s here, on both sides. */
const SCALE = 10;
/** And ten minutes of Outlook's 5 s; Microsoft allows 100 requests in them. */
const GRAPH_SCALE = 120;

let test: TestProduct;

beforeAll(async () => {
  test = await startTestProduct({
    env: {
      // A busy machine's hiccups weigh tenfold too: the provider allows 6,000.
      GMAIL_UNITS_PER_MINUTE: '5000',
      QUOTA_WINDOW_MS: String(60_000 / SCALE),
      GRAPH_REQUESTS_PER_WINDOW: '90',
      GRAPH_QUOTA_WINDOW_MS: String(600_000 / GRAPH_SCALE),
      POLL_INTERVAL_MS: '600000',
      POLL_INTERVAL_WITH_PUSH_MS: '600000',
    },
  });
  await test.emulator.setQuota({ unitsPerUserMinute: 6_000, timeScale: SCALE, concurrency: 50 });
  await test.emulator.setGraphQuota({ requestsPer10Minutes: 100, timeScale: GRAPH_SCALE });
});
afterAll(() => test?.[Symbol.asyncDispose]());

it('I8 B10 a backfill of many quota minutes meets no 429, live mail does not wait, nothing spins', async () => {
  const person = await test.person();
  const { contacts, matchingIds } = await test.emulator.seedBulk({
    address: person.address,
    messages: 1_500,
    matching: 750,
    contacts: 60,
    days: 80,
  });
  await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
  const inboxId = await person.connect();
  await until(
    'the first quota minute spent',
    async () => (await storedIds(test, inboxId)).length > 200,
  );

  const contact = contacts[0];
  const startedAt = performance.now();
  await person.add({ from: contact?.addresses[0] ?? '', subject: 'live, please' });
  await person.untilOnTimeline(contact?.id ?? '', 'live, please', 5_000);
  const tookMs = performance.now() - startedAt;
  expect((await person.inbox(inboxId)).backfills.running).toHaveLength(1);
  expect(tookMs).toBeLessThan(4_000);

  const { receipt } = await person.untilBackfilled(inboxId, 'initial', { timeoutMs: 60_000 });
  expect(receipt.stored).toBeGreaterThanOrEqual(matchingIds.length);
  const stored = await storedIds(test, inboxId);
  expect(matchingIds.filter((id) => !stored.includes(id))).toEqual([]);
  const counts = await test.emulator.quotaCounts();
  expect(counts.filter(({ throttled }) => throttled > 0)).toEqual([]);
  expect(Math.max(...counts.map((one) => one.peakUnitsPerMinute))).toBeLessThanOrEqual(6_000);

  const inbox = await test.temporal.workflow.getHandle(`inbox/${inboxId}`).describe();
  const backfill = await test.temporal.workflow.getHandle(`inbox/${inboxId}/backfill/1`).describe();
  expect(inbox.historyLength).toBeLessThan(80);
  expect(backfill.historyLength).toBeLessThan(40);
}, 90_000);

it('I8 B10 an Outlook backfill of more requests than ten minutes allow meets no 429', async () => {
  const person = await test.person(undefined, undefined, { provider: 'outlook' });
  const { contacts, matchingIds } = await test.emulator.seedBulk({
    address: person.address,
    messages: 400,
    matching: 200,
    contacts: 2_000,
    days: 80,
  });
  await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
  const inboxId = await person.connect();
  const { receipt } = await person.untilBackfilled(inboxId, 'initial', { timeoutMs: 60_000 });
  expect(receipt).toMatchObject({ failed: 0, missing: 0 });
  expect((await storedIds(test, inboxId)).sort()).toEqual(matchingIds.toSorted());
  const [count] = await test.emulator.graphQuotaCounts();
  expect(count?.requests).toBeGreaterThan(130);
  expect(count).toMatchObject({ throttled: 0 });
}, 90_000);
