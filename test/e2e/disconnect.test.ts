import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsAfter, provenAfter, rowsOf } from '../../bench/after-answer.ts';
import {
  type MailProviderName,
  type Person,
  PROVIDERS,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
  untilSettled,
} from '../support/product.ts';

/**
 * Each answer of the provider takes this long, so that there is a middle to disconnect in. Outlook
 * answers with more at once.
 */
const LATENCY_MS = { gmail: 120, outlook: 400 } as const;
const REVOKE_AT = { gmail: 'myaccount.google.com', outlook: 'microsoft' } as const;
let test: TestProduct;

beforeAll(async () => {
  test = await startTestProduct({ env: { GMAIL_BATCH_SIZE: '10' } });
});
afterAll(() => test?.[Symbol.asyncDispose]());

/** What a disconnect that has just answered leaves, and how to tell that it stays so. */
const stopped = async ({ address }: Person, inboxId: string) => {
  const rows = () => rowsOf((text, params) => test.sql(text, params), inboxId);
  const [{ provenMs }, before] = await Promise.all([provenAfter(test.emulator), rows()]);
  return async (): Promise<void> => {
    expect(await callsAfter(test.emulator, address, provenMs)).toEqual([]);
    expect(await rows()).toEqual(before);
  };
};

const slow = (ms: number): Promise<void> =>
  test.emulator.setLatency({ rules: ms > 0 ? [{ ms }] : [] });

/** A mailbox with a backfill of some seconds, connected. */
const busyPerson = async (provider: MailProviderName) => {
  const person = await test.person(undefined, undefined, { provider });
  const { contacts, matchingIds } = await test.emulator.seedBulk({
    address: person.address,
    messages: 800,
    matching: 300,
    contacts: 30,
    days: 80,
  });
  await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
  await slow(LATENCY_MS[provider]);
  const inboxId = await person.connect();
  const contact = contacts[0];
  const from = contact?.addresses[0] ?? '';
  return { person, inboxId, matchingIds, contactId: contact?.id ?? '', from };
};

describe.each(PROVIDERS)('P9 B7 I4 disconnect, %s', (provider) => {
  const somebody = () => test.person(undefined, undefined, { provider });

  it('P9 I4 in the middle of a backfill: no call and no row after the answer; a reconnect resumes', async () => {
    const { person, inboxId, matchingIds, contactId, from } = await busyPerson(provider);
    await until('some mail stored', async () => (await storedIds(test, inboxId)).length >= 40);
    const answer = await person.disconnect(inboxId);
    const stayed = await stopped(person, inboxId);
    expect(answer).toMatchObject({ status: 'disconnected' });
    expect(answer.revokeAt).toContain(REVOKE_AT[provider]);
    const stored = await storedIds(test, inboxId);
    expect(stored.length).toBeLessThan(matchingIds.length);

    // Workflows have ended, a push was answered, and another inbox has synced meanwhile.
    await test.untilEnded(`inbox/${inboxId}`);
    await test.untilEnded(`inbox/${inboxId}/backfill/1`);
    const { id: missed } = await person.add({ from, subject: 'while disconnected' });
    const other = await somebody();
    await slow(0);
    await other.connectAndBackfill();
    await stayed();
    const [row] = await test.sql<{ tokens_ct: Buffer | null }>(
      'select tokens_ct from inboxes where id = $1',
      [inboxId],
    );
    expect(row?.tokens_ct).toBeNull();
    expect((await person.timeline(contactId)).length).toBeGreaterThan(0);

    await person.reconnect(inboxId);
    await untilSettled(test, inboxId);
    expect((await storedIds(test, inboxId)).sort()).toEqual([...matchingIds, missed].sort());
    const { gaps } = await person.inbox(inboxId);
    expect(gaps.map(({ cause }) => cause)).toEqual(['disconnected']);
    expect(gaps[0]?.closedAt).not.toBeNull();
    await person.untilOnTimeline(contactId, 'while disconnected');
    const bodies = await test.calls({ mailbox: person.address, format: 'full', status: 200 });
    const again = stored.filter(
      (id) => bodies.filter(({ messageId }) => messageId === id).length > 1,
    );
    expect(again).toEqual([]);
  }, 60_000);

  it('P9 I4 in the middle of a sync: no call and no row after the answer; nothing lost or twice', async () => {
    const person = await somebody();
    await person.putContacts({ bob: ['bob@contact.example'] });
    await slow(0);
    const inboxId = await person.connectAndBackfill();
    await slow(LATENCY_MS[provider]);
    const ids = await Promise.all(
      Array.from({ length: 80 }, (_, i) =>
        person.add({ from: 'bob@contact.example', subject: `live ${i}` }),
      ),
    );
    await until('some mail stored', async () => (await storedIds(test, inboxId)).length >= 10);
    await person.disconnect(inboxId);
    const stayed = await stopped(person, inboxId);
    expect((await storedIds(test, inboxId)).length).toBeLessThan(80);
    await test.untilEnded(`inbox/${inboxId}`);
    await slow(0);
    await (await somebody()).connectAndBackfill();
    await stayed();

    await person.reconnect(inboxId);
    await untilSettled(test, inboxId);
    expect((await storedIds(test, inboxId)).sort()).toEqual(ids.map(({ id }) => id).sort());
    expect(await person.timeline('bob')).toHaveLength(80);
  }, 60_000);

  it('P9 while disconnected, pushes are taken and lead to nothing', async () => {
    await slow(0);
    const person = await somebody();
    await person.putContacts({ bob: ['bob@contact.example'] });
    const inboxId = await person.connectAndBackfill();
    await person.disconnect(inboxId);
    await test.untilEnded(`inbox/${inboxId}`);
    const before = await test.calls({ mailbox: person.address });
    await person.add({ from: 'bob@contact.example', subject: 'unseen' });
    await until('the push answered', () => person.mailbox.pushesAnswered());
    expect(await test.calls({ mailbox: person.address })).toHaveLength(before.length);
    expect(await person.timeline('bob')).toEqual([]);
  });

  it('P9 again, it answers the same and raises no epoch', async () => {
    const person = await somebody();
    const inboxId = await person.connectAndBackfill();
    const first = await person.disconnect(inboxId);
    const second = await person.disconnect(inboxId);
    expect(second).toEqual(first);
    await person.reconnect(inboxId);
    expect((await person.inbox(inboxId)).epoch).toBeGreaterThan(first.epoch);
  });

  it('P9 connect and disconnect in quick turns end as the last one said', async () => {
    const person = await somebody();
    await person.putContacts({ bob: ['bob@contact.example'] });
    const inboxId = await person.connect();
    for (let turn = 0; turn < 4; turn += 1) {
      await person.disconnect(inboxId);
      await person.reconnect(inboxId);
    }
    await person.add({ from: 'bob@contact.example', subject: 'after all turns' });
    await person.untilOnTimeline('bob', 'after all turns');
    await untilSettled(test, inboxId);
    expect(await person.timeline('bob')).toHaveLength(1);
    expect((await person.inbox(inboxId)).status).toBe('connected');
    await person.disconnect(inboxId);
    await test.untilEnded(`inbox/${inboxId}`);
    expect((await person.inbox(inboxId)).status).toBe('disconnected');
  }, 60_000);
});
