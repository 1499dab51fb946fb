import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectInbox } from '../../../db/connect-inbox.ts';
import { readKeys } from '../../../db/keys-store.ts';
import { unusedKeys } from '../../../vault/unused-keys.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { createTestKeyRing } from '../../support/key-ring.ts';
import { ALICE, connect, connectInput } from './fixtures.ts';

const DAY_MS = 86_400_000;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

test('a secret whose row was never stored is found, and none that is used or young', async () => {
  const keys = createTestKeyRing();
  const inbox = await connect(database, ALICE, { keys, mailbox: 'used@acme' });
  const [used] = await database.api.asUser(ALICE, (tx) => readKeys(tx, inbox.inboxId));
  // Dies between making the secret and the commit.
  await database.api
    .asUser(ALICE, async (tx) => {
      await connectInbox(tx, connectInput(ALICE, { keys, mailbox: 'lost@acme' }));
      throw new Error('the process died');
    })
    .catch(() => {});
  const young = uuidv7({ msecs: Date.now() });
  await keys.inboxKeys.create(young);
  const all = await keys.inboxKeys.list();
  expect(all).toHaveLength(3);
  const find = (now: number) => unusedKeys(database.worker, keys.inboxKeys, now);
  expect(await find(Date.now())).toEqual([]);
  expect(await find(Date.now() + 6 * DAY_MS)).toEqual([]);
  // One that is used and two that are not: rather another database's store.
  expect(await find(Date.now() + 8 * DAY_MS)).toEqual([]);
  await connect(database, ALICE, { keys, mailbox: 'second@acme' });
  const aWeekOn = await find(Date.now() + 8 * DAY_MS);
  expect(aWeekOn.sort()).toEqual(all.filter((keyId) => keyId !== used?.keyId).sort());
});
