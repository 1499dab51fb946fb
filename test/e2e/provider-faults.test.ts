import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type ConnectOptions,
  type MailProviderName,
  type Person,
  PROVIDERS,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
  verdictOf,
  verdictsOf,
} from '../support/product.ts';
import { FAILURES, type Failure, preset, REFUSED } from '../support/provider-failures.ts';

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

const MATCHING = 40;

const seeded = async (provider: MailProviderName) => {
  const person = await test.person(undefined, undefined, { provider });
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

/** A mailbox whose backfill lists first and reads bodies by id, as a folder of Outlook's is read. */
const readById = async (provider: MailProviderName) => {
  const { person, matchingIds, from } = await seeded(provider);
  if (provider === 'gmail') return { person, from, options: {}, ids: matchingIds };
  const { address } = person;
  const inFolder = (await test.emulator.listMessages({ address, label: 'INBOX' })).map(
    (one) => one.id,
  );
  const folder = (await test.emulator.listFolders({ address })).find(
    (one) => one.wellKnown === 'inbox',
  );
  const scope = { kind: 'folder', folderId: folder?.id ?? '', includeSubfolders: false } as const;
  const options: ConnectOptions = { scope };
  return { person, from, options, ids: matchingIds.filter((id) => inFolder.includes(id)) };
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

const survives = async ({ provider, effect, backfill, live: struck }: Failure): Promise<void> => {
  const { person, matchingIds, from } = await seeded(provider);
  const mailbox = person.address;
  for (const [method, skip] of backfill) {
    await test.emulator.armFault({ effect, mailbox, method, times: 1, skip });
  }
  const inboxId = await person.connect();
  const { receipt, state } = await person.untilBackfilled(inboxId, 'initial', {
    timeoutMs: 120_000,
  });
  expect(state).toBe('completed');
  expect(receipt).toMatchObject({ stored: MATCHING, failed: 0, missing: 0 });
  await expectWhole(person, inboxId, matchingIds);

  for (const method of struck) {
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

describe('I1 I2 I8 the provider fails', () => {
  it.concurrent.each(FAILURES)(
    'I1 I2 $provider, $what: waited out, nothing lost, nothing twice',
    survives,
    150_000,
  );

  it.concurrent.each(PROVIDERS)(
    'B2 %s, 404 between list and get: gone, and the rest goes on',
    async (provider) => {
      const { person, ids, options } = await readById(provider);
      const [gone = ''] = ids;
      await test.emulator.armFault({
        effect: preset('notFound404'),
        mailbox: person.address,
        method: person.mailbox.calls.get,
        messageId: gone,
      });
      const inboxId = await person.connect(options);
      const { receipt, state } = await person.untilBackfilled(inboxId);
      expect(state).toBe('completed');
      expect(receipt).toMatchObject({ stored: ids.length - 1, gone: 1, missing: 0 });
      expect(await verdictOf(test, inboxId, gone)).toBe('gone');
    },
    120_000,
  );

  it.concurrent.each(PROVIDERS)(
    'I1 %s, a live message announced before it can be read is read a moment later',
    async (provider) => {
      const { person, from } = await seeded(provider);
      const inboxId = await person.connectAndBackfill();
      await test.emulator.armFault({
        effect: preset('notFound404'),
        mailbox: person.address,
        method: person.mailbox.calls.get,
        times: 1,
      });
      const { id } = await person.add({ from, subject: 'early' });
      await until('early stored', async () => (await storedIds(test, inboxId)).includes(id));
      expect(await verdictOf(test, inboxId, id)).toBe('stored');
    },
    120_000,
  );

  it.concurrent.each(PROVIDERS)(
    'B2 %s, one message the provider refuses for good: failed, and the rest goes on',
    async (provider) => {
      const { person, ids, from, options } = await readById(provider);
      const [poison = ''] = ids;
      await test.emulator.armFault({
        effect: REFUSED[provider],
        mailbox: person.address,
        method: person.mailbox.calls.get,
        messageId: poison,
      });
      const inboxId = await person.connect(options);
      const { receipt, state } = await person.untilBackfilled(inboxId);
      expect(state).toBe('completed_with_failures');
      expect(receipt).toMatchObject({ stored: ids.length - 1, failed: 1, missing: 0 });
      expect(await verdictOf(test, inboxId, poison)).toMatch(/^failed/);
      const { id } = await person.add({ from, subject: 'after the poison' });
      await until('the next one', async () => (await storedIds(test, inboxId)).includes(id));
    },
    120_000,
  );

  it.concurrent.each(PROVIDERS)(
    'I1 I2 %s, faults at random over a whole backfill and live mail',
    async (provider) => {
      const { person, matchingIds, from } = await seeded(provider);
      const inboxId = await person.connect();
      for (const effect of [preset('unavailable503'), preset('unauthorized401')]) {
        await test.emulator.armFault({
          effect,
          mailbox: person.address,
          method: '*messages.*',
          probability: 0.06,
          times: 8,
        });
      }
      await test.emulator.armFault({
        effect: { kind: 'reset', afterWork: true },
        mailbox: person.address,
        probability: 0.2,
        times: 5,
      });
      const live: string[] = [];
      for (let i = 0; i < 10; i += 1) live.push((await person.add({ from, subject: `r ${i}` })).id);
      await person.untilBackfilled(inboxId, 'initial', { timeoutMs: 150_000 });
      const all = [...matchingIds, ...live];
      await until('all mail', async () => (await storedIds(test, inboxId)).length >= all.length, {
        timeoutMs: 90_000,
      });
      await expectWhole(person, inboxId, all);
    },
    270_000,
  );
});
