import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Attempt } from '../../../db/database.ts';
import {
  commitMessages,
  type DecidedMessage,
  knownVerdicts,
  linkContacts,
  readStoredEnvelopes,
} from '../../../db/message-store.ts';
import { findVerdictsByRfcId, findVerdictsBySender } from '../../../db/verdict-store.ts';
import type { Verdict } from '../../../domain/verdict.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, BOB, connect, decided, NOON, stored } from './fixtures.ts';

let database: TestDatabase;
let inbox: Attempt;
let mailboxes = 0;
beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  mailboxes += 1;
  inbox = await connect(database, ALICE, { mailbox: `${mailboxes}@acme` });
});
afterAll(() => database[Symbol.asyncDispose]());

const commit = (page: DecidedMessage[]) =>
  database.worker.asConnectedInbox(inbox, (tx, row) => commitMessages(tx, row, page));

const rows = async () => ({
  messages: await database.sql(
    `select id, provider_message_id, body_ct from messages where inbox_id = $1 order by 2`,
    [inbox.inboxId],
  ),
  links: await database.sql(
    `select message_id, contact_id from message_contacts where inbox_id = $1 order by 1, 2`,
    [inbox.inboxId],
  ),
  verdicts: await database.sql(
    `select provider_message_id, kind, reason from verdicts where inbox_id = $1 order by 1`,
    [inbox.inboxId],
  ),
});

test('I2 the same page again changes nothing, though its row ids are new', async () => {
  const page = () => [
    stored('b', { contactIds: ['c1', 'c2'] }),
    stored('a'),
    decided('c', { kind: 'skipped', reason: 'spam' }),
  ];
  expect((await commit(page())).sort()).toEqual(['a', 'b']);
  const first = await rows();
  expect(first.messages).toHaveLength(2);
  expect(first.links).toHaveLength(3);
  expect(first.verdicts).toEqual([
    { provider_message_id: 'a', kind: 'stored', reason: null },
    { provider_message_id: 'b', kind: 'stored', reason: null },
    { provider_message_id: 'c', kind: 'skipped', reason: 'spam' },
  ]);
  expect(await commit(page())).toEqual([]);
  expect(await rows()).toEqual(first);
});

test('I2 workers that commit overlapping pages at once store each message once', async () => {
  const ids = Array.from({ length: 41 }, (_, i) => `m${i}`);
  const pages = Array.from({ length: 8 }, (_, worker) =>
    ids
      .slice(worker * 3, worker * 3 + 20)
      .sort(() => (worker % 2 ? 1 : -1))
      .map((id) => stored(id, { contactIds: [`c${worker}`, 'c'] })),
  );
  const inserted = (await Promise.all(pages.map(commit))).flat();
  expect(inserted.sort()).toEqual([...new Set(inserted)]);
  const { messages, links } = await rows();
  expect(messages).toHaveLength(41);
  // Every worker's contact is linked, whoever stored the message.
  expect(links).toHaveLength(8 * 20 + 41);
});

test('a verdict may change until it is stored, and then no more', async () => {
  const verdict: fc.Arbitrary<Verdict> = fc.constantFrom(
    { kind: 'stored' },
    { kind: 'skipped', reason: 'not_contact' },
    { kind: 'gone' },
    { kind: 'failed', code: 'unreadable' },
  );
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(verdict, { minLength: 1, maxLength: 6 }), async (verdicts) => {
      n += 1;
      const id = `v${n}`;
      for (const v of verdicts) await commit([v.kind === 'stored' ? stored(id) : decided(id, v)]);
      const known = await database.worker.asConnectedInbox(inbox, (tx) => knownVerdicts(tx, [id]));
      const expected = verdicts.find(({ kind }) => kind === 'stored') ?? verdicts.at(-1);
      expect(known.get(id)?.kind).toBe(expected?.kind);
    }),
    { numRuns: 30, seed: 7 },
  );
});

test('an id given twice in one page counts once, stored before all else', async () => {
  await commit([stored('x'), decided('x', { kind: 'gone' }), stored('x')]);
  const { messages, verdicts } = await rows();
  expect(messages).toHaveLength(1);
  expect(verdicts).toEqual([{ provider_message_id: 'x', kind: 'stored', reason: null }]);
});

test('a stored verdict without its message is our own mistake', async () => {
  const { message: _message, ...incomplete } = stored('x');
  await expect(commit([incomplete])).rejects.toThrow(/if and only if/);
});

test('B4 a message already stored is put on the timelines of later contacts', async () => {
  await commit([stored('old', { contactIds: ['c1'] })]);
  await commit([stored('old', { contactIds: ['late1'] })]);
  await database.worker.asConnectedInbox(inbox, async (tx, row) =>
    linkContacts(tx, row, [
      { providerMessageId: 'old', contactIds: ['late2', 'c1'] },
      { providerMessageId: 'unknown', contactIds: ['c1'] },
    ]),
  );
  const { links } = await rows();
  expect(links.map((link) => (link as { contact_id: string }).contact_id)).toEqual([
    'c1',
    'late1',
    'late2',
  ]);
  const [envelope] = await database.worker.asConnectedInbox(inbox, (tx) =>
    readStoredEnvelopes(tx, ['old', 'unknown']),
  );
  expect(envelope).toMatchObject({
    providerMessageId: 'old',
    receivedAt: NOON,
    envelopeCt: Buffer.from('envelope old'),
  });
});

test('a large page is written in parts', async () => {
  const page = Array.from({ length: 1_203 }, (_, i) => stored(`m${String(i).padStart(5, '0')}`));
  expect(await commit(page)).toHaveLength(1_203);
  const { verdicts } = await rows();
  expect(verdicts).toHaveLength(1_203);
});

test('B3 a Message-ID, or a sender and a day, gives the verdict, to the owner only', async () => {
  await commit([
    stored('m'),
    {
      ...decided('s', { kind: 'skipped', reason: 'outside_scope' }),
      senderHash: Buffer.from('sender'),
      receivedAt: NOON - 1,
    },
  ]);
  const byRfcId = await database.api.asUser(ALICE, (tx) =>
    findVerdictsByRfcId(tx, inbox.inboxId, Buffer.from('rfc m')),
  );
  expect(byRfcId).toMatchObject([{ providerMessageId: 'm', kind: 'stored', receivedAt: NOON }]);
  expect(byRfcId[0]?.messageId).toBeTypeOf('string');
  const window = { senderHash: Buffer.from('sender'), from: NOON - 10, to: NOON + 10 };
  const bySender = await database.api.asUser(ALICE, (tx) =>
    findVerdictsBySender(tx, inbox.inboxId, window),
  );
  expect(bySender.map(({ providerMessageId, reason }) => [providerMessageId, reason])).toEqual([
    ['m', null],
    ['s', 'outside_scope'],
  ]);
  expect(
    await database.api.asUser(BOB, (tx) => findVerdictsBySender(tx, inbox.inboxId, window)),
  ).toEqual([]);
});
