import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Attempt } from '../../../db/database.ts';
import { commitMessages } from '../../../db/message-store.ts';
import {
  contactTimeline,
  getMessage,
  getThread,
  type TimelineRow,
} from '../../../db/timeline-store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, BOB, connect, NOON, stored } from './fixtures.ts';

let database: TestDatabase;
let inbox: Attempt;
let second: Attempt;
beforeAll(async () => {
  database = await createTestDatabase();
  inbox = await connect(database);
  second = await connect(database, ALICE, { mailbox: 'second@acme' });
});
afterAll(() => database[Symbol.asyncDispose]());

const commit = (attempt: Attempt, contactId: string, times: readonly number[]) =>
  database.worker.asConnectedInbox(attempt, (tx, row) =>
    commitMessages(
      tx,
      row,
      times.map((receivedAt) => stored(randomUUID(), { contactIds: [contactId], receivedAt })),
    ),
  );

const readAll = async (contactId: string, limit: number): Promise<TimelineRow[]> => {
  const all: TimelineRow[] = [];
  for (;;) {
    const last = all.at(-1);
    const before = last && { receivedAt: last.receivedAt, messageId: last.id };
    const page = await database.api.asUser(ALICE, (tx) =>
      contactTimeline(tx, contactId, { limit, before }),
    );
    all.push(...page);
    if (page.length < limit) return all;
  }
};

test('P1 pages hold every message once, newest first, however many came at the same moment', async () => {
  // Few distinct times, so that page borders fall within equal ones.
  const times = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 0, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(times, times, fc.integer({ min: 1, max: 9 }), async (one, two, limit) => {
      const contactId = randomUUID();
      await commit(
        inbox,
        contactId,
        one.map((t) => NOON + t),
      );
      await commit(
        second,
        contactId,
        two.map((t) => NOON + t),
      );
      const rows = await readAll(contactId, limit);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(one.length + two.length);
      expect(rows).toHaveLength(one.length + two.length);
      const keyOf = (row: TimelineRow) => `${row.receivedAt} ${row.id}`;
      expect(rows.map(keyOf)).toEqual(rows.map(keyOf).sort().reverse());
    }),
    { numRuns: 25, seed: 11 },
  );
});

test('a message that arrives while somebody pages shows up on the next look, not as a repetition', async () => {
  const contactId = randomUUID();
  await commit(
    inbox,
    contactId,
    [1, 2, 3, 4].map((t) => NOON + t),
  );
  const page = (before?: { receivedAt: number; messageId: string }) =>
    database.api.asUser(ALICE, (tx) => contactTimeline(tx, contactId, { limit: 2, before }));
  const first = await page();
  await commit(inbox, contactId, [NOON + 9]);
  const last = first.at(-1);
  const next = await page(last && { receivedAt: last.receivedAt, messageId: last.id });
  expect([...first, ...next].map(({ receivedAt }) => receivedAt - NOON)).toEqual([4, 3, 2, 1]);
});

test('P3 a teammate who has the same contact sees none of it', async () => {
  const contactId = randomUUID();
  await commit(inbox, contactId, [NOON]);
  const [row] = await readAll(contactId, 5);
  const bobs = await database.api.asUser(BOB, async (tx) => ({
    timeline: await contactTimeline(tx, contactId, { limit: 5 }),
    message: await getMessage(tx, row?.id ?? ''),
    thread: await getThread(tx, inbox.inboxId, 'thread'),
  }));
  expect(bobs).toEqual({ timeline: [], message: null, thread: [] });
});

test('a message and its thread come with their bodies', async () => {
  const contactId = randomUUID();
  await commit(second, contactId, [NOON]);
  const [row] = await readAll(contactId, 5);
  const { message, thread } = await database.api.asUser(ALICE, async (tx) => ({
    message: await getMessage(tx, row?.id ?? ''),
    thread: await getThread(tx, second.inboxId, 'thread'),
  }));
  expect(message).toMatchObject({ ...row, bodyCt: expect.any(Buffer) });
  expect(thread.map(({ id }) => id)).toContain(row?.id);
});
