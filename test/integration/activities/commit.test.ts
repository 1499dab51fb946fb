import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commit } from '../../../activities/commit.ts';
import type { ActivityDeps } from '../../../activities/deps.ts';
import type { Judging } from '../../../activities/judging.ts';
import { contactVersion } from '../../../db/contact-book-store.ts';
import type { Attempt } from '../../../db/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { addContacts, connect, contact, stored } from '../db/fixtures.ts';

let database: TestDatabase;
let inbox: Attempt;
beforeAll(async () => {
  database = await createTestDatabase();
  await addContacts(database, 'acme', contact('c1', 'c1@contact.example'));
  inbox = await connect(database);
});
afterAll(() => database?.[Symbol.asyncDispose]());

/** What a column constraint refuses, whoever writes it how often. */
const unstorable = (id: string) => {
  const message = stored(id);
  Object.assign(message.message ?? {}, { direction: 'sideways' });
  return message;
};

test('I1 a message that Postgres will never take gets its verdict and does not stop the rest', async () => {
  const deps = { database: database.worker, log: pino({ level: 'silent' }) } as ActivityDeps;
  const judging = await database.worker.asConnectedInbox(
    inbox,
    async (tx) => ({ inbox: tx.inbox, contactVersion: await contactVersion(tx) }) as Judging,
  );
  let covered = false;

  await commit(deps, inbox, judging, [stored('a'), unstorable('b'), stored('c')], async (tx) => {
    covered = (await tx.sql('select from verdicts where inbox_id = app_inbox()')).length === 3;
  });

  const verdicts = await database.sql<{ id: string; kind: string; reason: string | null }>(
    'select provider_message_id as id, kind, reason from verdicts order by 1',
  );
  expect(verdicts).toEqual([
    { id: 'a', kind: 'stored', reason: null },
    { id: 'b', kind: 'failed', reason: 'not_storable' },
    { id: 'c', kind: 'stored', reason: null },
  ]);
  expect(covered).toBe(true);
});
