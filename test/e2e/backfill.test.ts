import PostalMime, { type Address } from 'postal-mime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  Person,
  PROVIDERS,
  startTestProduct,
  storedIds,
  type TestProduct,
  verdictsOf,
} from '../support/product.ts';

const DAY = 86_400_000;
const HIDDEN = ['DRAFT', 'SPAM', 'TRASH', 'CHAT'];

let test: TestProduct;

beforeAll(async () => {
  test = await startTestProduct();
});
afterAll(() => test?.[Symbol.asyncDispose]());

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, one) => total + one, 0);

/** Whole bodies that were asked for. */
const bodiesOf = async (person: Person): Promise<Set<string>> => {
  const calls = await test.calls({ mailbox: person.address, format: 'full' });
  return new Set(calls.flatMap(({ messageId }) => messageId ?? []));
};

/** Written apart from the product's own matching, which it checks. */
const plain = (address: string): string => {
  const [local = '', domain = ''] = address.toLowerCase().split('@');
  const gmail = domain === 'gmail.com' || domain === 'googlemail.com';
  const base = local.replace(/\+.*$/, '');
  return gmail ? `${base.replaceAll('.', '')}@gmail.com` : `${base}@${domain}`;
};

/** Outlook hands out the body with each hit, so a message of two contacts may come twice. */
const TWICE = { gmail: 1, outlook: 1.3 } as const;
const SEED = { gmail: 'google', outlook: 'microsoft' } as const;

describe.each(PROVIDERS)('P7 backfill of a realistic mailbox, %s', (provider) => {
  const email = `maya-${provider}@brightwater.example`;
  let maya: Person;
  let inboxId: string;
  let contactsByAddress: Map<string, string>;

  beforeAll(async () => {
    // With an alias, sales@ of the same domain.
    const seed = { address: email, provider: SEED[provider] };
    const { contacts } = await test.emulator.seedDemo(seed);
    const identity = { orgId: `brightwater-${provider}`, userId: `maya-${provider}`, email };
    maya = await Person.of(test.product, identity, provider);
    await maya.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
    contactsByAddress = new Map(
      contacts.flatMap(({ id, addresses }) => addresses.map((one) => [plain(one), id] as const)),
    );
    inboxId = await maya.connectAndBackfill();
  });

  /** Ids of contacts that the message's headers name, and whether Gmail's search can tell. */
  const contactsIn = async (id: string) => {
    const raw = await test.emulator.rawMessage({ address: maya.address, id });
    const mail = await PostalMime.parse(Buffer.from(raw, 'base64'));
    const flat = (list: Address[] = []): string[] =>
      list.flatMap((one) => [one.address ?? '', ...flat(one.group)]);
    const one = (address: Address | undefined): string[] => flat(address ? [address] : []);
    const searched = [...one(mail.from), ...flat([...(mail.to ?? []), ...(mail.cc ?? [])])];
    searched.push(...flat(mail.bcc));
    const others = [...one(mail.sender), ...flat(mail.replyTo)];
    const contactOf = (address: string): string => contactsByAddress.get(plain(address)) ?? '';
    const findable = searched.some((address) => contactOf(address) && !address.includes('+'));
    const contacts = new Set([...searched, ...others].map(contactOf).filter(Boolean));
    return { contacts, findable };
  };

  const inScope = async () => {
    const { windowStart } = await maya.inbox(inboxId);
    const all = await test.emulator.listMessages({ address: maya.address });
    const found: { id: string; subject: string; findable: boolean }[] = [];
    for (const { id, labelIds, internalDate, subject } of all) {
      const hidden = labelIds.some((label) => HIDDEN.includes(label));
      if (hidden || internalDate < Date.parse(windowStart)) continue;
      const { contacts, findable } = await contactsIn(id);
      if (contacts.size > 0) found.push({ id, subject, findable });
    }
    return found;
  };

  it('I1 every message that search can name is stored, I3 and none out of scope', async () => {
    const expected = await inScope();
    expect(expected.length).toBeGreaterThan(30);
    const stored = await storedIds(test, inboxId);
    const missed = expected.filter(({ id, findable }) => findable && !stored.includes(id));
    expect(missed).toEqual([]);
    const ids = expected.map(({ id }) => id);
    expect(stored.filter((id) => !ids.includes(id))).toEqual([]);
    expect(new Set(stored).size).toBe(stored.length);
  });

  // Gmail has no operator for Reply-To, and word search for ann@x.com need not find ann+tag@x.com.
  it.fails('I1 a contact named by a tagged address or in Reply-To alone is stored too', async () => {
    const stored = await storedIds(test, inboxId);
    expect((await inScope()).filter(({ id }) => !stored.includes(id))).toEqual([]);
  });

  it('I1 each contact’s timeline has exactly its messages', async () => {
    const expected = new Map<string, number>();
    for (const id of await storedIds(test, inboxId)) {
      for (const contact of (await contactsIn(id)).contacts) {
        expected.set(contact, (expected.get(contact) ?? 0) + 1);
      }
    }
    for (const contact of new Set(contactsByAddress.values())) {
      expect(await maya.timeline(contact), contact).toHaveLength(expected.get(contact) ?? 0);
    }
  });

  it('P1 direction is right for every message', async () => {
    const own = [maya.address, 'sales@brightwater.example'];
    const rows = await test.sql<{ id: string; direction: string }>(
      'select provider_message_id as id, direction from messages where inbox_id = $1',
      [inboxId],
    );
    const messages = await test.emulator.listMessages({ address: maya.address });
    const fromOf = new Map(messages.map(({ id, from }) => [id, from.toLowerCase()]));
    for (const { id, direction } of rows) {
      const from = fromOf.get(id) ?? '';
      const isOwn = own.some((address) => from.includes(address));
      expect(direction, from).toBe(isOwn ? 'outbound' : 'inbound');
    }
  });

  it('I3 B1 no stranger’s body was fetched', async () => {
    const stored = new Set(await storedIds(test, inboxId));
    const verdicts = await verdictsOf(test, inboxId);
    const strangers = [...(await bodiesOf(maya))].filter(
      (id) => !stored.has(id) && verdicts.get(id) === 'skipped:not_contact',
    );
    expect(strangers).toEqual([]);
  });

  it('B2 the receipt sums up, and matches the verdicts', async () => {
    const { receipt, n } = await maya.untilBackfilled(inboxId);
    const { seen, stored, skipped, gone, failed, missing } = receipt;
    expect(seen).toBe(stored + sum(skipped) + gone + failed);
    expect(missing).toBe(0);
    expect(stored).toBe((await storedIds(test, inboxId)).length);
    const ids = await test.sql('select from backfill_ids where inbox_id = $1 and n = $2', [
      inboxId,
      n,
    ]);
    expect(ids).toHaveLength(seen);
  });

  it('P7 the user is mailed once, with the receipt and nothing of the mail', async () => {
    const isDone = ({ to, subject }: { to: string[]; subject: string }): boolean =>
      to.includes(maya.address) && /history/.test(subject);
    const mail = await test.smtp.waitForMessage(isDone);
    const { receipt } = await maya.untilBackfilled(inboxId);
    expect(mail.text).toContain(String(receipt.stored));
    const subjects = (await test.emulator.listMessages({ address: maya.address })).map(
      ({ subject }) => subject,
    );
    for (const subject of subjects) {
      if (subject.length > 8) expect(mail.text).not.toContain(subject);
    }
    await test.untilEnded(`inbox/${inboxId}/backfill/1`);
    expect(test.smtp.messages().filter(isDone)).toHaveLength(1);
  });

  it('I8 the provider answered no 429 and no quota 403', async () => {
    const counts = await test.emulator.accessCounts();
    expect(counts.filter(({ throttled }) => throttled > 0)).toEqual([]);
    // The wall that Outlook has and Gmail has not.
    for (const { maxConcurrency } of await test.emulator.graphQuotaCounts()) {
      expect(maxConcurrency).toBeLessThanOrEqual(4);
    }
  });
});

describe.each(PROVIDERS)('P7 the edges of the window and of the search, %s', (provider) => {
  const somebody = () => test.person(undefined, undefined, { provider });

  it('P7 covers 90 days and not a day more', async () => {
    const person = await somebody();
    await person.putContacts({ bob: ['bob@contact.example'] });
    const now = Date.now();
    const dated = (subject: string, internalDate: number) =>
      person.add({ from: 'bob@contact.example', subject, internalDate });
    await dated('89 days 23 hours', now - 90 * DAY + 3_600_000);
    await dated('90 days 1 minute', now - 90 * DAY - 60_000);
    await dated('91 days', now - 91 * DAY);
    await dated('now', now);
    const inboxId = await person.connectAndBackfill();
    expect(await person.subjects('bob')).toEqual(['now', '89 days 23 hours']);
    const { windowFrom } = await person.untilBackfilled(inboxId);
    expect(Math.abs(Date.parse(windowFrom) - (now - 90 * DAY))).toBeLessThan(30_000);
  });

  it('I3 B1 addresses that only share words with a contact’s are neither stored nor read', async () => {
    const person = await somebody();
    await person.putContacts({ bob: ['bob@contact.example'], ann: ['ann@firm.example'] });
    const strangers: string[] = [];
    for (const from of [
      'mary.bob@contact.example',
      'mary-bob@contact.example',
      'bob@contact.example.net',
      'ann@firm.example.org',
      'joe+ann@firm.example',
    ]) {
      strangers.push((await person.add({ from, subject: from })).id);
      strangers.push((await person.add({ as: 'sent', to: from, subject: from })).id);
    }
    const { id } = await person.add({ from: 'bob@contact.example', subject: 'the contact' });
    const inboxId = await person.connectAndBackfill();
    expect(await storedIds(test, inboxId)).toEqual([id]);
    expect((await person.inbox(inboxId)).touched.bodiesRead).toBe(1);
    for (const stranger of strangers) {
      expect((await verdictsOf(test, inboxId)).get(stranger)).not.toBe('stored');
    }
  });

  it('I2 a message found for two contacts, in one or two searches, is stored once', async () => {
    const person = await somebody();
    const contacts = Array.from({ length: 40 }, (_, i) => `person.${i}@firm.example`);
    await person.putContacts(Object.fromEntries(contacts.map((one, i) => [`c${i}`, [one]])));
    const { id } = await person.add({
      from: contacts[0] ?? '',
      to: [person.address, ...contacts.slice(1)].join(', '),
      subject: 'to all',
    });
    const inboxId = await person.connectAndBackfill();
    expect(await storedIds(test, inboxId)).toEqual([id]);
    for (const i of [0, 13, 39]) expect(await person.subjects(`c${i}`)).toEqual(['to all']);
    expect((await test.calls({ messageId: id, format: 'full' })).length).toBeLessThanOrEqual(1);
  });

  it('P7 an empty contact book ends in an honest, empty receipt', async () => {
    const person = await somebody();
    await person.add({ from: 'bob@contact.example', subject: 'nobody’s' });
    const inboxId = await person.connect();
    const { receipt, state } = await person.untilBackfilled(inboxId);
    expect(state).toBe('completed');
    expect(receipt).toMatchObject({ seen: 0, stored: 0, missing: 0 });
    expect([...(await bodiesOf(person))]).toEqual([]);
  });

  it('I1 a large mailbox: exactly the matching messages, each once', async () => {
    const person = await somebody();
    const { contacts, matchingIds } = await test.emulator.seedBulk({
      address: person.address,
      messages: 4_000,
      matching: 700,
      contacts: 120,
    });
    await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
    const inboxId = await person.connect();
    const { receipt } = await person.untilBackfilled(inboxId, 'initial', { timeoutMs: 60_000 });
    const inbox = await person.inbox(inboxId);
    const all = await test.emulator.listMessages({ address: person.address });
    const expected = all.filter(
      ({ id, internalDate }) =>
        matchingIds.includes(id) && internalDate >= Date.parse(inbox.windowStart),
    );
    expect((await storedIds(test, inboxId)).sort()).toEqual(expected.map(({ id }) => id).sort());
    expect(receipt.stored).toBe(expected.length);
    expect([...(await bodiesOf(person))].every((id) => matchingIds.includes(id))).toBe(true);
    expect(inbox.touched.bodiesRead).toBeLessThanOrEqual(matchingIds.length * TWICE[provider]);
  }, 90_000);
});
