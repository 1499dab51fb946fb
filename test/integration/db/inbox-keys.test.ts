import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActivityDeps } from '../../../activities/deps.ts';
import { reconcile } from '../../../activities/reconcile.ts';
import { KeyStoreError } from '../../../crypto/key-provider.ts';
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

test('a secret whose row was never stored is found and destroyed, and one that stays keeps no other', async () => {
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
  const unused = all.filter((keyId) => keyId !== used?.keyId).sort();
  expect(aWeekOn.sort()).toEqual(unused);

  // The store refuses to destroy whichever comes first.
  const log: string[] = [];
  let stuck = '';
  const store = Object.assign(Object.create(keys.inboxKeys), {
    destroy: async (keyId: string): Promise<void> => {
      stuck ||= keyId;
      if (keyId === stuck) throw new KeyStoreError('refused');
      await keys.inboxKeys.destroy(keyId);
    },
    list: () => keys.inboxKeys.list(),
  });
  const deps = {
    database: database.worker,
    keyRing: { ...keys, inboxKeys: store },
    runningInboxes: { list: async () => [], cancel: async () => {} },
    log: pino({}, { write: (line: string) => log.push(line) }),
    now: () => Date.now() + 8 * DAY_MS,
  } as unknown as ActivityDeps;
  expect(await reconcile(deps, {})).toMatchObject({ unused_key: 1, stuck_key: 1 });
  const left = await keys.inboxKeys.list();
  expect(unused.filter((keyId) => left.includes(keyId))).toEqual([stuck]);
  expect(log.find((line) => line.includes('could not be destroyed'))).toContain(stuck);
});
