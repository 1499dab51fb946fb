import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { KeyStoreError } from '../../../crypto/key-provider.ts';
import { noteSeen } from '../../../db/backfill-seen-store.ts';
import { planBackfill } from '../../../db/backfill-slice-store.ts';
import { listBackfills } from '../../../db/backfill-store.ts';
import type { Attempt, Tx } from '../../../db/database.ts';
import {
  deleteBatch,
  finishDeletion,
  getDeletion,
  listDeletions,
} from '../../../db/deletion-store.ts';
import { openGap } from '../../../db/gap-store.ts';
import { getInbox } from '../../../db/inbox-lock.ts';
import { readDoomedKeys, readKeys } from '../../../db/keys-store.ts';
import { commitMessages } from '../../../db/message-store.ts';
import { startDeletion } from '../../../db/start-deletion.ts';
import { contactTimeline } from '../../../db/timeline-store.ts';
import { addTouches } from '../../../db/touch-store.ts';
import { destroyDoomedKeys } from '../../../vault/doomed-keys.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, BOB, connect, keys, NOON, stored } from './fixtures.ts';

const HISTORY = [
  'messages',
  'message_contacts',
  'verdicts',
  'backfills',
  'backfill_slices',
  'backfill_ids',
  'gaps',
  'touches',
  'sync_cursors',
  'inbox_keys',
];

let database: TestDatabase;
let inbox: Attempt;
let bobs: Attempt;
let mailboxes = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  bobs = await connect(database, BOB);
  await fill(bobs);
});
beforeEach(async () => {
  mailboxes += 1;
  inbox = await connect(database, ALICE, { mailbox: `${mailboxes}@acme` });
  await fill(inbox);
});
afterAll(() => database[Symbol.asyncDispose]());

const IDS = Array.from({ length: 25 }, (_, i) => `m${i}`);

const fill = (attempt: Attempt) =>
  database.worker.asConnectedInbox(attempt, async (tx, row) => {
    await planBackfill(tx, 1, [{ from: 0, to: NOON, addressIds: [], headersFirst: false }]);
    await noteSeen(tx, 1, IDS);
    await commitMessages(
      tx,
      row,
      IDS.map((id) => stored(id, { contactIds: ['c1', 'c2'] })),
    );
    await openGap(tx, { cause: 'downtime', from: 0, to: NOON });
    await addTouches(tx, { calls: 1 });
  });

const start = () => database.api.asUser(ALICE, (tx) => startDeletion(tx, inbox.inboxId));
const batch = (deletionId: string, limit: number) =>
  database.worker.asInbox(inbox.inboxId, (tx) => deleteBatch(tx, { deletionId }, limit));
const finish = (deletionId: string) =>
  database.worker.asInbox(inbox.inboxId, (tx) => finishDeletion(tx, { deletionId }));
const left = async ({ inboxId }: Attempt) => {
  const counts: Record<string, number> = {};
  for (const table of HISTORY) {
    const [row] = await database.sql<{ n: number }>(
      `select count(*)::int as n from ${table} where inbox_id = $1`,
      [inboxId],
    );
    if (row?.n) counts[table] = row.n;
  }
  return counts;
};

test('I7 the key, the tokens and the cursor are gone in the deciding transaction', async () => {
  const { deletionId, epoch } = await start();
  expect(epoch).toBe(inbox.epoch + 1);
  await database.api.asUser(ALICE, async (tx) => {
    expect(await readKeys(tx, inbox.inboxId)).toEqual([]);
    expect(await getInbox(tx, inbox.inboxId)).toMatchObject({
      status: 'deleting',
      tokensCt: null,
      profileCt: null,
    });
    // What cannot be read is not shown, though its rows are still there.
    expect(await contactTimeline(tx, 'c1', { limit: 10 })).toEqual([]);
  });
  const deletion = await database.worker.asInbox(inbox.inboxId, getDeletion);
  expect(deletion).toMatchObject({ id: deletionId, finishedAt: null, keyDestroyedAt: null });
});

test('B8 the receipt says that the key is destroyed when its secret is, and not before', async () => {
  const asAlice = <T>(work: (tx: Tx) => Promise<T>) => database.api.asUser(ALICE, work);
  await start();
  const [keyId] = await asAlice((tx) => readDoomedKeys(tx, inbox.inboxId));
  expect(await keys.inboxKeys.list()).toContain(keyId);
  const away = { ...keys.inboxKeys, destroy: () => Promise.reject(new KeyStoreError('away')) };
  await expect(destroyDoomedKeys(asAlice, away, inbox.inboxId)).rejects.toThrow('away');
  const keyDestroyedAt = async () =>
    (await database.worker.asInbox(inbox.inboxId, getDeletion))?.keyDestroyedAt;
  expect(await keyDestroyedAt()).toBeNull();

  // By the worker, after whoever accepted the deletion had died.
  await destroyDoomedKeys(
    (work) => database.worker.asInbox(inbox.inboxId, work),
    keys.inboxKeys,
    inbox.inboxId,
  );
  expect(await keys.inboxKeys.list()).not.toContain(keyId);
  const destroyedAt = await keyDestroyedAt();
  expect(destroyedAt).toBeTypeOf('number');
  await destroyDoomedKeys(asAlice, keys.inboxKeys, inbox.inboxId);
  expect(await keyDestroyedAt()).toBe(destroyedAt);
});

test('asked again while it runs, it names the same deletion and orders no other', async () => {
  const [a, b] = await Promise.all([start(), start()]);
  expect(a.deletionId).toBe(b.deletionId);
  expect([a.commandId, b.commandId].filter((id) => id === null)).toHaveLength(1);
});

test('P10 it removes everything synced, of this inbox alone, and keeps the receipt', async () => {
  const before = await left(bobs);
  const { deletionId } = await start();
  while ((await batch(deletionId, 10)).deleted > 0);
  const receipt = await finish(deletionId);
  expect(receipt).toMatchObject({ messagesDeleted: 25, verdictsDeleted: 25 });
  expect(await left(inbox)).toEqual({});
  expect(await left(bobs)).toEqual(before);
  expect(await database.api.asUser(ALICE, (tx) => getInbox(tx, inbox.inboxId))).toMatchObject({
    status: 'disconnected',
    coveredSeq: 0,
  });
  // Asked again, by an attempt whose answer was lost: the same receipt.
  expect(await finish(deletionId)).toEqual(receipt);
  const noted = await database.sql(
    "select actor_id, owner_id, count from audit_log where act = 'history.deleted' and subject = $1",
    [deletionId],
  );
  expect(noted).toEqual([{ actor_id: null, owner_id: 'alice', count: 25 }]);
  expect(await batch(deletionId, 10)).toMatchObject({ deleted: 0 });
  expect(await database.api.asUser(ALICE, (tx) => listDeletions(tx, inbox.inboxId))).toEqual([
    receipt,
  ]);
});

test('B8 killed anywhere it goes on, and the counts stay right', async () => {
  const { deletionId } = await start();
  while ((await batch(deletionId, 7)).deleted > 0) {
    // The next one dies before its commit: nothing of it counts.
    await database.worker
      .asInbox(inbox.inboxId, async (tx) => {
        await deleteBatch(tx, { deletionId }, 7);
        const [{ pid } = { pid: 0 }] = await tx.sql<{ pid: number }>(
          'select pg_backend_pid() as pid',
        );
        await database.sql('select pg_terminate_backend($1)', [pid]);
        await tx.sql('select 1');
      })
      .catch(() => {});
  }
  expect(await finish(deletionId)).toMatchObject({ messagesDeleted: 25, verdictsDeleted: 25 });
  expect(await left(inbox)).toEqual({});
});

test('finishing without batches, or twice at once, deletes and counts once', async () => {
  const { deletionId } = await start();
  const receipts = await Promise.all([
    finish(deletionId),
    finish(deletionId),
    batch(deletionId, 5),
  ]);
  const done = await finish(deletionId);
  expect(done).toMatchObject({ messagesDeleted: 25, verdictsDeleted: 25 });
  expect(receipts[0]).toEqual(done);
  expect(await left(inbox)).toEqual({});
});

test('connected again it has a new key, a new window, and numbers never used before', async () => {
  const { deletionId } = await start();
  await finish(deletionId);
  const now = NOON + 86_400_000;
  const again = await connect(database, ALICE, { mailbox: `${mailboxes}@acme`, now });
  expect(again).toEqual({ inboxId: inbox.inboxId, epoch: inbox.epoch + 2 });
  const backfills = await database.api.asUser(ALICE, (tx) => listBackfills(tx, inbox.inboxId));
  expect(backfills).toMatchObject([{ n: 2, kind: 'initial', windowTo: now }]);
  // The old deletion is over: a zombie of it touches nothing.
  await fill2(again);
  expect(await batch(deletionId, 10)).toMatchObject({ deleted: 0 });
  await finish(deletionId);
  expect(await left(inbox)).toMatchObject({ messages: 1, inbox_keys: 1 });
});

const fill2 = (attempt: Attempt) =>
  database.worker.asConnectedInbox(attempt, (tx, row) => commitMessages(tx, row, [stored('new')]));
