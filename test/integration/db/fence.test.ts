import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestContactsBackfill } from '../../../db/backfill-store.ts';
import type { Attempt } from '../../../db/database.ts';
import { getInbox } from '../../../db/inbox-lock.ts';
import { changeScope, disconnectInbox } from '../../../db/inbox-store.ts';
import { commitMessages } from '../../../db/message-store.ts';
import { startDeletion } from '../../../db/start-deletion.ts';
import { markNeedsReconnect, saveTokens } from '../../../db/worker-inbox-store.ts';
import { StaleEpochError } from '../../../domain/errors.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, BOB, connect, DAY_MS, gate, NOON, sleep, stored } from './fixtures.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

let mailboxes = 0;
const newInbox = () => {
  mailboxes += 1;
  return connect(database, ALICE, { mailbox: `${mailboxes}@acme` });
};

const commitPage = (attempt: Attempt, ids: string[], pauseMs = 0) =>
  database.worker.asConnectedInbox(attempt, async (tx, row) => {
    await commitMessages(
      tx,
      row,
      ids.map((id) => stored(id)),
    );
    if (pauseMs > 0) await sleep(pauseMs);
  });

const disconnect = ({ inboxId }: Attempt) =>
  database.api.asUser(ALICE, (tx) => disconnectInbox(tx, inboxId));

const messageIds = async ({ inboxId }: Attempt): Promise<string[]> =>
  (
    await database.sql<{ id: string }>(
      'select provider_message_id as id from messages where inbox_id = $1 order by 1',
      [inboxId],
    )
  ).map(({ id }) => id);

test('I4 after disconnect nothing is written', async () => {
  const attempt = await newInbox();
  await commitPage(attempt, ['before']);
  const { epoch } = await disconnect(attempt);
  expect(epoch).toBe(attempt.epoch + 1);
  await expect(commitPage(attempt, ['after'])).rejects.toThrow(StaleEpochError);
  await expect(commitPage({ ...attempt, epoch }, ['after'])).rejects.toThrow(StaleEpochError);
  expect(await messageIds(attempt)).toEqual(['before']);
});

test.each([
  ['delete history', (id: string) => database.api.asUser(ALICE, (tx) => startDeletion(tx, id))],
  ['reconnect', () => connect(database, ALICE, { mailbox: `${mailboxes}@acme` })],
])('I4 after %s the old epoch writes nothing', async (_name, move) => {
  const attempt = await newInbox();
  await move(attempt.inboxId);
  await expect(commitPage(attempt, ['after'])).rejects.toThrow(StaleEpochError);
  expect(await messageIds(attempt)).toEqual([]);
});

test('I4 disconnect waits for a running page, whose rows stay, and lets no other begin', async () => {
  const attempt = await newInbox();
  const inside = gate();
  const release = gate();
  const page = database.worker.asConnectedInbox(attempt, async (tx, row) => {
    inside.resolve();
    await release.promise;
    await commitMessages(tx, row, [stored('running')]);
  });
  await inside.promise;
  let answered = false;
  const stopped = disconnect(attempt).finally(() => {
    answered = true;
  });
  await sleep(50);
  expect(answered).toBe(false);
  // Comes after the disconnect in the queue, so it finds a stale epoch.
  const late = commitPage(attempt, ['late']).catch((error: unknown) => error);
  await sleep(50);
  release.resolve();
  await Promise.all([page, stopped]);
  expect(await late).toBeInstanceOf(StaleEpochError);
  expect(await messageIds(attempt)).toEqual(['running']);
});

test('P9 a stream of overlapping pages does not keep disconnect waiting', async () => {
  const attempt = await newInbox();
  let running = true;
  const workers = Array.from({ length: 6 }, async (_, worker) => {
    await sleep(worker * 7);
    for (let page = 0; running; page += 1) {
      await commitPage(attempt, [`${worker}-${page}`], 40).catch((error) => {
        if (!(error instanceof StaleEpochError)) throw error;
        running = false;
      });
    }
  });
  await sleep(200);
  const begun = performance.now();
  await disconnect(attempt);
  expect(performance.now() - begun).toBeLessThan(1_000);
  const written = await messageIds(attempt);
  await Promise.all(workers);
  expect(await messageIds(attempt)).toEqual(written);
});

test('I4 whatever the interleaving, what is there when disconnect answers is all there ever is', async () => {
  const delays = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 4, maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(delays, fc.integer({ min: 0, max: 40 }), async (pauses, disconnectAfter) => {
      const attempt = await newInbox();
      const lanes = 4;
      const workers = Array.from({ length: lanes }, async (_, lane) => {
        const mine = pauses.filter((_pause, i) => i % lanes === lane);
        for (const [page, pause] of mine.entries()) {
          await sleep(pause);
          const outcome = await commitPage(attempt, [`${lane}-${page}`], pause).catch((e) => e);
          if (outcome instanceof StaleEpochError) return;
          expect(outcome).toBeUndefined();
        }
      });
      await sleep(disconnectAfter);
      await disconnect(attempt);
      const written = await messageIds(attempt);
      await Promise.all(workers);
      expect(await messageIds(attempt)).toEqual(written);
    }),
    { numRuns: 25, seed: 4 },
  );
}, 60_000);

test('updates of the inbox row and pages at once never wait for each other for ever', async () => {
  const attempt = await newInbox();
  const work = Array.from({ length: 60 }, (_, i) => {
    if (i % 3 === 0) {
      return database.worker.asConnectedInboxExclusive(attempt, async (tx) => {
        await saveTokens(tx, Buffer.from(`tokens ${i}`));
        await requestContactsBackfill(tx, NOON, 90 * DAY_MS);
      });
    }
    return commitPage(attempt, [`${i}`, `${i + 1}`], i % 5);
  });
  await Promise.all(work);
});

test('a page judged by another scope is refused whole', async () => {
  const attempt = await newInbox();
  const judgedBy = await database.worker.asConnectedInbox(attempt, async (_tx, row) => row);
  await database.api.asUser(ALICE, (tx) =>
    changeScope(tx, attempt, { kind: 'label', labelId: 'L1' }),
  );
  await expect(
    database.worker.asConnectedInbox(attempt, (tx) =>
      commitMessages(tx, judgedBy, [stored('too wide')]),
    ),
  ).rejects.toMatchObject({ name: 'ScopeChanged' });
  expect(await messageIds(attempt)).toEqual([]);
});

test('the first attempt to find the grant dead shuts the inbox; the tokens are gone', async () => {
  const attempt = await newInbox();
  const mark = () =>
    database.worker
      .asConnectedInboxExclusive(attempt, (tx) => markNeedsReconnect(tx, 'revoked'))
      .then(
        () => 'first' as const,
        (error: Error) => error.name,
      );
  expect((await Promise.all([mark(), mark(), mark()])).sort()).toEqual([
    'StaleEpoch',
    'StaleEpoch',
    'first',
  ]);
  const inbox = await database.api.asUser(ALICE, (tx) => getInbox(tx, attempt.inboxId));
  expect(inbox).toMatchObject({
    status: 'needs_reconnect',
    reconnectReason: 'revoked',
    tokensCt: null,
    epoch: attempt.epoch,
  });
});

test('disconnecting twice answers the same and orders one close', async () => {
  const attempt = await newInbox();
  const answers = await Promise.all([disconnect(attempt), disconnect(attempt)]);
  expect(answers.map(({ epoch }) => epoch)).toEqual([attempt.epoch + 1, attempt.epoch + 1]);
  expect(answers.filter(({ commandId }) => commandId !== null)).toHaveLength(1);
});

test('a teammate cannot disconnect, nor hold up, an inbox', async () => {
  const attempt = await newInbox();
  await expect(
    database.api.asUser(BOB, (tx) => disconnectInbox(tx, attempt.inboxId)),
  ).rejects.toMatchObject({ name: 'InboxNotFound' });
  await commitPage(attempt, ['still fine']);
});

test('a connection lost in the middle of a page leaves nothing of it, and the pool whole', async () => {
  const attempt = await newInbox();
  for (let i = 0; i < 15; i += 1) {
    const error = await database.worker
      .asConnectedInbox(attempt, async (tx, row) => {
        await commitMessages(tx, row, [stored(`lost ${i}`)]);
        const [{ pid } = { pid: 0 }] = await tx.sql<{ pid: number }>(
          'select pg_backend_pid() as pid',
        );
        await database.sql('select pg_terminate_backend($1)', [pid]);
        await tx.sql('select 1');
      })
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ name: 'DatabaseError', retryable: true });
  }
  await commitPage(attempt, ['kept']);
  expect(await messageIds(attempt)).toEqual(['kept']);
});
