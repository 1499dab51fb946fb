import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Person,
  PROVIDERS,
  startTestProduct,
  storedIds,
  type TestProduct,
  untilSettled,
  untilVerdict,
  verdictsOf,
} from '../support/product.ts';

const DAY = 86_400_000;

let test: TestProduct;
beforeAll(async () => {
  test = await startTestProduct();
});
afterAll(() => test?.[Symbol.asyncDispose]());

const daysAgo = (days: number): number => Date.now() - days * DAY;

describe.each(PROVIDERS)('B4 contacts that come and go, %s', (provider) => {
  let ann: Person;
  let inboxId: string;
  let shared: string;
  beforeAll(async () => {
    ann = await test.person(`ann-${provider}`, undefined, { provider });
    await ann.putContacts({ bob: ['bob@contact.example'] });
    await ann.add({ from: 'bob@contact.example', subject: 'bob old', internalDate: daysAgo(60) });
    for (const days of [1, 40, 80, 95, 120]) {
      await ann.add({
        from: 'cleo@late.example',
        subject: `cleo ${days}`,
        internalDate: daysAgo(days),
      });
    }
    await ann.add({ from: 'bob@home.example', subject: 'bob home', internalDate: daysAgo(20) });
    const both = { from: 'bob@contact.example', cc: 'cleo@late.example', subject: 'both' };
    shared = (await ann.add({ ...both, internalDate: daysAgo(10) })).id;
    inboxId = await ann.connectAndBackfill();
    // As if that had been two months ago.
    await test.sql(
      "update inboxes set window_start = window_start - interval '60 days' where id = $1",
      [inboxId],
    );
  });

  it('B4 a contact added later gets its own 90 days', async () => {
    expect(await ann.subjects('bob')).toEqual(['both', 'bob old']);
    await ann.api.put('/api/v1/contacts/cleo', { name: 'C', addresses: ['cleo@late.example'] });
    const { receipt } = await ann.untilBackfilled(inboxId, 'contacts');
    expect(receipt).toMatchObject({ missing: 0, failed: 0 });
    expect((await ann.subjects('cleo')).sort()).toEqual(['both', 'cleo 1', 'cleo 40', 'cleo 80']);
  });

  it('B4 what is stored already is linked, not asked for again', async () => {
    const calls = await test.calls({ messageId: shared });
    expect(calls.filter(({ format }) => format === 'full').length).toBeLessThanOrEqual(1);
    expect((await storedIds(test, inboxId)).filter((id) => id === shared)).toHaveLength(1);
  });

  it('B1 the back-fetch asks for the new address alone', async () => {
    const searches = (await test.calls({ method: ann.mailbox.calls.search })).map(({ q }) => q);
    const late = searches.filter((q) => q?.includes('cleo@late.example'));
    expect(late.length).toBeGreaterThan(0);
    for (const q of late) expect(q).not.toContain('bob@contact.example');
  });

  it('B4 B9 the check of the next night looks no further back, and calls no older mail missed', async () => {
    await untilSettled(test, inboxId);
    await test.sql(
      "update backfills set state = 'completed' where inbox_id = $1 and kind = 'recheck'",
      [inboxId],
    );
    await test.sql("select request_checks(interval '1 hour', 10, interval '90 days')");
    const { windowFrom, receipt } = await ann.untilBackfilled(inboxId, 'check');
    expect(Date.parse(windowFrom)).toBeGreaterThan(daysAgo(91));
    expect(receipt).toMatchObject({ missing: 0, failed: 0 });
    expect((await ann.subjects('cleo')).sort()).toEqual(['both', 'cleo 1', 'cleo 40', 'cleo 80']);
    expect((await ann.inbox(inboxId)).gaps).toEqual([]);
  });

  it('B4 an address added to a contact is back-fetched', async () => {
    const after = Math.max(...(await ann.backfills(inboxId)).map(({ n }) => n));
    await ann.api.put('/api/v1/contacts/bob', {
      name: 'B',
      addresses: ['bob@contact.example', 'bob@home.example'],
    });
    await ann.untilBackfilled(inboxId, 'contacts', { after });
    expect(await ann.subjects('bob')).toEqual(['both', 'bob home', 'bob old']);
  });

  it('B4 live mail of the new contact arrives as any other', async () => {
    await ann.add({ from: 'cleo@late.example', subject: 'cleo live' });
    await ann.untilOnTimeline('cleo', 'cleo live');
  });

  it('B4 the user is not mailed for a late contact', () => {
    const mine = test.smtp.messages().filter(({ to }) => to.includes(ann.address));
    const done = mine.filter(({ subject }) => /history/.test(subject));
    expect(done.length).toBeLessThanOrEqual(1);
  });

  it('B4 a removed contact stops: no new mail, no timeline, nothing fetched', async () => {
    await ann.api.delete('/api/v1/contacts/cleo');
    const { id } = await ann.add({ from: 'cleo@late.example', subject: 'cleo after' });
    expect(await untilVerdict(test, inboxId, id)).toBe('skipped:not_contact');
    expect((await test.calls({ messageId: id, format: 'full' })).length).toBe(0);
    expect((await ann.api.send('GET', '/api/v1/contacts/cleo/timeline')).status).toBe(404);
    expect(await ann.subjects('bob')).toContain('both');
  });

  it('B4 a contact removed and added again gets what came meanwhile', async () => {
    const after = Math.max(...(await ann.backfills(inboxId)).map(({ n }) => n));
    await ann.api.put('/api/v1/contacts/cleo', { name: 'C', addresses: ['cleo@late.example'] });
    await ann.untilBackfilled(inboxId, 'contacts', { after });
    expect(await ann.subjects('cleo')).toContain('cleo after');
    const stored = await storedIds(test, inboxId);
    expect(new Set(stored).size).toBe(stored.length);
  });

  it('B4 contacts pushed while a backfill runs are covered all the same', async () => {
    const person = await test.person(undefined, undefined, { provider });
    const { contacts, matchingIds } = await test.emulator.seedBulk({
      address: person.address,
      messages: 600,
      matching: 300,
      contacts: 60,
      days: 80,
    });
    const half = (from: number, to: number): Record<string, string[]> =>
      Object.fromEntries(contacts.slice(from, to).map((one) => [one.id, one.addresses]));
    await person.putContacts(half(0, 20));
    await person.mailbox.dawdle();
    const busy = await person.connect();
    await person.putContacts(half(20, 40));
    await person.putContacts(half(40, 60));
    await person.untilBackfilled(busy, 'contacts');
    await untilSettled(test, busy);
    await person.mailbox.hurry();
    expect((await storedIds(test, busy)).sort()).toEqual(matchingIds.toSorted());
    const kinds = new Set((await verdictsOf(test, busy)).values());
    expect(kinds).toEqual(new Set(['stored']));
  });
});
