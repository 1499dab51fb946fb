import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsAfter, provenAfter } from '../../bench/after-answer.ts';
import {
  type MailProviderName,
  type Person,
  PROVIDERS,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
} from '../support/product.ts';

let test: TestProduct;

beforeAll(async () => {
  test = await startTestProduct({ env: { GMAIL_BATCH_SIZE: '10' } });
});
afterAll(() => test?.[Symbol.asyncDispose]());

interface Deletion {
  state: string;
  keyDestroyedAt: string | null;
  messagesDeleted: number;
  verdictsDeleted: number;
}

/** Everything of an inbox that tells of mail. */
const CONTENT = [
  'messages',
  'message_contacts',
  'verdicts',
  'backfill_ids',
  'backfill_slices',
  'inbox_keys',
  'sync_cursors',
];

const leftOf = async (inboxId: string): Promise<Record<string, number>> => {
  const left: Record<string, number> = {};
  for (const table of CONTENT) {
    const [row] = await test.sql<{ n: number }>(
      `select count(*)::int as n from ${table} where inbox_id = $1`,
      [inboxId],
    );
    if (row && row.n > 0) left[table] = row.n;
  }
  return left;
};

const erase = async (person: Person, inboxId: string): Promise<string> =>
  (
    await person.api.post<{ deletionId: string }>(`/api/v1/inboxes/${inboxId}/delete-history`, {
      confirm: 'delete',
    })
  ).deletionId;

const untilErased = (person: Person, inboxId: string, deletionId: string): Promise<Deletion> =>
  until(
    'the deletion finished',
    async () => {
      const path = `/api/v1/inboxes/${inboxId}/deletions/${deletionId}`;
      const deletion = await person.api.get<Deletion>(path);
      return deletion.state === 'finished' ? deletion : null;
    },
    { timeoutMs: 60_000 },
  );

const seeded = async (matching: number, provider: MailProviderName = 'gmail') => {
  const person = await test.person(undefined, undefined, { provider });
  const { contacts, matchingIds } = await test.emulator.seedBulk({
    address: person.address,
    messages: matching * 2,
    matching,
    contacts: 20,
    days: 80,
  });
  await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
  return { person, matchingIds, contactId: contacts[0]?.id ?? '' };
};

describe('P10 delete email history', () => {
  it.each(PROVIDERS)(
    'P10 I7 leaves nothing, says how much it was, and the same mailbox can begin anew: %s',
    async (provider) => {
      const { person, matchingIds, contactId } = await seeded(150, provider);
      const inboxId = await person.connectAndBackfill();
      const [item] = await person.timeline(contactId);
      const deletionId = await erase(person, inboxId);
      // At once, before any row has gone: nothing can be read any more.
      expect(await person.timeline(contactId)).toEqual([]);
      expect((await person.api.send('GET', `/api/v1/messages/${item?.id}`)).status).toBe(404);
      const receipt = await untilErased(person, inboxId, deletionId);
      expect(receipt.messagesDeleted).toBe(matchingIds.length);
      expect(receipt.verdictsDeleted).toBeGreaterThanOrEqual(matchingIds.length);
      expect(receipt.keyDestroyedAt).not.toBeNull();
      expect(await leftOf(inboxId)).toEqual({});
      const inbox = await person.inbox(inboxId);
      expect(inbox).toMatchObject({ status: 'disconnected', address: null });

      const landed = await person.consent(await person.begin());
      expect(landed).toMatchObject({ outcome: 'connected', inboxId });
      const after = receipt.messagesDeleted;
      await until(
        'the mail of a new backfill',
        async () => (await storedIds(test, inboxId)).length === after,
      );
      expect((await storedIds(test, inboxId)).sort()).toEqual(matchingIds.toSorted());
      expect((await person.timeline(contactId)).length).toBeGreaterThan(0);
    },
    60_000,
  );

  it('P10 asked twice at once it is one deletion; asked again later it finds nothing', async () => {
    const { person } = await seeded(60);
    const inboxId = await person.connectAndBackfill();
    const [one, two] = await Promise.all([erase(person, inboxId), erase(person, inboxId)]);
    expect(two).toBe(one);
    const receipt = await untilErased(person, inboxId, one);
    expect(receipt.messagesDeleted).toBe(60);
    const again = await erase(person, inboxId);
    expect(await untilErased(person, inboxId, again)).toMatchObject({ messagesDeleted: 0 });
    expect(await leftOf(inboxId)).toEqual({});
  }, 60_000);

  it.each(PROVIDERS)(
    'P10 I4 in the middle of a backfill: no call and nothing left afterwards: %s',
    async (provider) => {
      const { person } = await seeded(300, provider);
      await person.mailbox.dawdle();
      const inboxId = await person.connect();
      await until('some mail stored', async () => (await storedIds(test, inboxId)).length >= 30);
      const deletionId = await erase(person, inboxId);
      const { provenMs } = await provenAfter(test.emulator);
      await untilErased(person, inboxId, deletionId);
      await test.untilEnded(`inbox/${inboxId}`);
      await test.untilEnded(`inbox/${inboxId}/backfill/1`);
      await person.mailbox.hurry();
      expect(await leftOf(inboxId)).toEqual({});
      expect(await callsAfter(test.emulator, person.address, provenMs)).toEqual([]);
    },
    60_000,
  );

  it('P10 a worker killed in the middle of it changes nothing in the end', async () => {
    const { person } = await seeded(20);
    const inboxId = await person.connectAndBackfill();
    // More rows than one batch takes, without fetching them.
    await test.sql(
      `insert into verdicts (inbox_id, provider_message_id, kind, reason)
       select $1, 'made-up-' || i, 'skipped', 'not_contact' from generate_series(1, 60000) i`,
      [inboxId],
    );
    const deletionId = await erase(person, inboxId);
    await until(
      'some rows gone',
      async () => {
        const [row] = await test.sql<{ n: number }>(
          'select count(*)::int as n from verdicts where inbox_id = $1',
          [inboxId],
        );
        return row !== undefined && row.n < 60_000;
      },
      { everyMs: 2 },
    );
    await test.killWorker();
    const receipt = await untilErased(person, inboxId, deletionId);
    expect(receipt).toMatchObject({ messagesDeleted: 20 });
    expect(receipt.verdictsDeleted).toBeGreaterThanOrEqual(60_020);
    expect(await leftOf(inboxId)).toEqual({});
  }, 90_000);

  it('P10 needs the typed confirmation, and only the owner can ask', async () => {
    const { person } = await seeded(10);
    const inboxId = await person.connectAndBackfill();
    const path = `/api/v1/inboxes/${inboxId}/delete-history`;
    expect((await person.api.send('POST', path, {})).status).toBe(400);
    const stranger = await test.person('stranger', person.identity.orgId);
    expect((await stranger.api.send('POST', path, { confirm: 'delete' })).status).toBe(404);
    expect(await storedIds(test, inboxId)).toHaveLength(10);
  });
});
