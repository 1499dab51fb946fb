import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { requestContactsBackfill } from '../../../db/backfill-store.ts';
import { commandDone, openCommands } from '../../../db/command-store.ts';
import { contactSeq, loadContactBook } from '../../../db/contact-book-store.ts';
import { deleteContact, getContact, listContacts, putContacts } from '../../../db/contact-store.ts';
import type { MatchKey } from '../../../domain/address.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { addContacts, connect, contact, DAY_MS, gate, NOON, sleep } from './fixtures.ts';

let database: TestDatabase;
let orgs = 0;
let orgId: string;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  orgs += 1;
  orgId = `org ${orgs}`;
});
afterAll(() => database[Symbol.asyncDispose]());

const put = (...contacts: Parameters<typeof putContacts>[1]) =>
  addContacts(database, orgId, ...contacts);
const book = () => database.api.asOrg(orgId, loadContactBook);

test('only new addresses are numbered and wake the inboxes', async () => {
  const { inboxId } = await connect(database, { orgId, userId: 'alice' });
  const counts = { created: 0, updated: 0, addressesAdded: 0, addressesRemoved: 0 };
  const first = await put(contact('c1', 'A@x.com', 'b@x.com'), contact('c2', 'a@x.com'));
  expect(first).toMatchObject({ ...counts, created: 2, addressesAdded: 3 });
  expect(first.commands).toMatchObject([{ inboxId, kind: 'wake', epoch: 1 }]);

  const again = await put(contact('c1', 'A@x.com', 'b@x.com'));
  expect(again).toEqual({ ...counts, commands: [] });

  // Another spelling of the same address needs no back-fetch; a new one does; a missing one stops.
  const changed = await put({ ...contact('c1', 'a@X.com', 'new@x.com'), name: 'Renamed' });
  expect(changed).toMatchObject({ ...counts, updated: 1, addressesAdded: 1, addressesRemoved: 1 });
  const { lastSeq, addresses, byMatchKey } = await book();
  expect(lastSeq).toBe(4);
  expect(addresses.map(({ contactId, address, seq }) => [contactId, address, seq])).toEqual([
    ['c1', 'a@X.com', 1],
    ['c2', 'a@x.com', 3],
    ['c1', 'new@x.com', 4],
  ]);
  expect(byMatchKey.get('a@x.com' as MatchKey)).toEqual(['c1', 'c2']);
  const one = await database.api.asOrg(orgId, (tx) => getContact(tx, 'c1'));
  expect(one).toMatchObject({ name: 'Renamed', addresses: [{ address: 'a@X.com' }, {}] });
});

test('of a contact named twice in one call the last counts', async () => {
  expect(await put(contact('c', 'a@x.com'), contact('c', 'b@x.com', 'b@x.com'))).toMatchObject({
    created: 1,
    addressesAdded: 1,
  });
});

test('deleting a contact takes its addresses out of the book', async () => {
  await put(contact('c1', 'a@x.com'));
  const remove = () => database.api.asOrg(orgId, (tx) => deleteContact(tx, 'c1'));
  expect([await remove(), await remove()]).toEqual([true, false]);
  expect((await book()).addresses).toEqual([]);
  await put(contact('c1', 'a@x.com'));
  expect((await book()).addresses).toMatchObject([{ seq: 2 }]);
});

test('contacts are listed by id, page by page', async () => {
  await put(...['d', 'a', 'c', 'b', 'e'].map((id) => contact(id)));
  const page = async (after?: string) =>
    (await database.api.asOrg(orgId, (tx) => listContacts(tx, { after, limit: 2 }))).map(
      ({ id }) => id,
    );
  expect([await page(), await page('b'), await page('d')]).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
});

test('numbers become visible in order, however the writers overlap', async () => {
  let writing = true;
  const missing: string[] = [];
  const watch = (async () => {
    // Whoever sees number n must see every smaller one: else a back-fetch would skip it.
    while (writing) {
      const { lastSeq, addresses } = await book();
      const seqs = new Set(addresses.map(({ seq }) => seq));
      for (let seq = 1; seq <= lastSeq; seq += 1) {
        if (!seqs.has(seq)) missing.push(`${seq} of ${lastSeq}`);
      }
    }
  })();
  await Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      for (let i = 0; i < 10; i += 1) {
        const id = `${writer}-${i}`;
        await put(contact(id, `${id}@x.com`, `${id}@y.com`));
      }
    }),
  );
  writing = false;
  await watch;
  expect(missing).toEqual([]);
  const { lastSeq, addresses } = await book();
  expect([lastSeq, addresses.length]).toEqual([160, 160]);
});

test('B4 addresses that are pushed while backfills are planned are covered exactly once', async () => {
  const attempt = await connect(database, { orgId, userId: 'alice' });
  let pushing = true;
  const planner = (async () => {
    const plan = () =>
      database.worker.asConnectedInboxExclusive(attempt, (tx) =>
        requestContactsBackfill(tx, NOON, 90 * DAY_MS),
      );
    while (pushing) {
      await Promise.all([plan(), plan()]);
      await sleep(3);
    }
    await plan();
  })();
  await Promise.all(
    Array.from({ length: 4 }, async (_, writer) => {
      for (let i = 0; i < 12; i += 1) await put(contact(`${writer}-${i}`, `${writer}-${i}@x.com`));
    }),
  );
  pushing = false;
  await planner;
  const ranges = await database.sql<{ kind: string; after: number; upto: number }>(
    `select kind, seq_after::int as after, seq_upto::int as upto from backfills
     where inbox_id = $1 order by seq_upto, n`,
    [attempt.inboxId],
  );
  const covered = ranges.filter(({ kind }) => kind === 'contacts');
  let upto = 0;
  for (const range of covered) {
    expect(range.after).toBe(upto);
    upto = range.upto;
  }
  expect(upto).toBe(48);
});

test('an inbox that connects while the first addresses commit does not miss them', async () => {
  const inside = gate();
  const release = gate();
  const pushing = database.api.asOrg(orgId, async (tx) => {
    const result = await putContacts(tx, [contact('c', 'a@x.com')]);
    inside.resolve();
    await release.promise;
    return result;
  });
  await inside.promise;
  const connecting = connect(database, { orgId, userId: 'alice' });
  await sleep(50);
  release.resolve();
  expect((await pushing).commands).toEqual([]);
  const { inboxId } = await connecting;
  const [initial] = await database.sql<{ seq_upto: string }>(
    "select seq_upto from backfills where inbox_id = $1 and kind = 'initial'",
    [inboxId],
  );
  expect(initial?.seq_upto).toBe('1');
  expect(await database.api.asOrg(orgId, contactSeq)).toBe(1);
});

test('commands stay open until they are told, and are found after a crash', async () => {
  const { inboxId } = await connect(database, { orgId, userId: 'alice' });
  const open = async (olderThanMs: number) =>
    (await database.api.asNobody((tx) => openCommands(tx, olderThanMs))).filter(
      (command) => command.inboxId === inboxId,
    );
  expect(await open(60_000)).toEqual([]);
  const [command] = await open(-1_000);
  expect(command).toMatchObject({ kind: 'open', epoch: 1 });
  await database.api.asNobody((tx) => commandDone(tx, command?.id ?? 0));
  expect(await open(-1_000)).toEqual([]);
});
