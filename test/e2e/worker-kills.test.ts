import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  PROVIDERS,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
  untilSettled,
} from '../support/product.ts';

let test: TestProduct;

beforeAll(async () => {
  test = await startTestProduct({ env: { GMAIL_BATCH_SIZE: '10' } });
  await test.emulator.setPush({ minIntervalMs: 0 });
});
afterAll(() => test?.[Symbol.asyncDispose]());

describe.each(PROVIDERS)('a worker that dies, %s', (provider) => {
  const somebody = () => test.person(undefined, undefined, { provider });

  it('I1 I2 SIGKILL again and again in the middle of a backfill and of live mail', async () => {
    const person = await somebody();
    const { contacts, matchingIds } = await test.emulator.seedBulk({
      address: person.address,
      messages: 400,
      matching: 200,
      contacts: 15,
      days: 80,
    });
    await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
    await person.mailbox.dawdle();
    const inboxId = await person.connect();
    const from = contacts[0]?.addresses[0] ?? '';
    const live: string[] = [];
    const count = async (): Promise<number> => (await storedIds(test, inboxId)).length;
    for (const share of [20, 80]) {
      await until(`${share} stored`, async () => (await count()) >= share, { timeoutMs: 60_000 });
      live.push((await person.add({ from, subject: `live at ${share}` })).id);
      await test.killWorker();
      live.push((await person.add({ from, subject: `live after ${share}` })).id);
    }
    await person.untilBackfilled(inboxId, 'initial', { timeoutMs: 60_000 });
    await until('the live mail', async () => (await count()) >= matchingIds.length + live.length, {
      timeoutMs: 60_000,
    });
    const { receipt } = await person.untilBackfilled(inboxId);
    expect(receipt.missing).toBe(0);
    expect(receipt.failed).toBe(0);
    expect((await storedIds(test, inboxId)).sort()).toEqual([...matchingIds, ...live].sort());
    const isDone = ({ to, subject }: { to: string[]; subject: string }): boolean =>
      to.includes(person.address) && /history/.test(subject);
    await test.smtp.waitForMessage(isDone, 30_000);

    // Killed in the middle of a sync: the cursor must not have moved past what was not stored.
    const burst = await Promise.all(
      Array.from({ length: 40 }, (_, i) => person.add({ from, subject: `burst ${i}` })),
    );
    const before = matchingIds.length + live.length;
    await until('some of the burst', async () => (await count()) > before, { everyMs: 20 });
    expect(await count()).toBeLessThan(before + 40);
    await test.killWorker();
    await until('all of the burst', async () => (await count()) >= before + 40, {
      timeoutMs: 60_000,
    });
    await person.mailbox.hurry();
    const all = [...matchingIds, ...live, ...burst.map(({ id }) => id)];
    expect((await storedIds(test, inboxId)).sort()).toEqual(all.sort());
    expect(test.smtp.messages().filter(isDone)).toHaveLength(1);
  }, 200_000);

  it('I1 SIGTERM in the middle of a backfill drains within seconds and the next one goes on', async () => {
    const person = await somebody();
    const { contacts, matchingIds } = await test.emulator.seedBulk({
      address: person.address,
      messages: 300,
      matching: 200,
      // So few that Outlook is asked for them page by page, and not for several at once.
      contacts: 15,
      days: 80,
    });
    await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
    await person.mailbox.dawdle(6);
    const inboxId = await person.connect();
    await until('some mail stored', async () => (await storedIds(test, inboxId)).length >= 30);
    const stoppedAt = performance.now();
    await test.stopWorker();
    expect(performance.now() - stoppedAt).toBeLessThan(20_000);
    expect((await storedIds(test, inboxId)).length).toBeLessThan(matchingIds.length);
    await person.mailbox.hurry();
    await test.startWorker();
    await untilSettled(test, inboxId);
    expect((await storedIds(test, inboxId)).sort()).toEqual(matchingIds.toSorted());
  }, 120_000);
});
