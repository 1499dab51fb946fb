import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { countSeen, failBackfill, finishBackfill } from '../../../db/backfill-receipt-store.ts';
import { noteSeen, progress } from '../../../db/backfill-seen-store.ts';
import {
  advanceSlice,
  getSlice,
  type NewSlice,
  openSlices,
  planBackfill,
} from '../../../db/backfill-slice-store.ts';
import {
  cancelBackfill,
  claimDueBackfills,
  getBackfill,
  listBackfills,
  markNotified,
  nextDueAt,
  requestBackfill,
} from '../../../db/backfill-store.ts';
import { loadContactBook } from '../../../db/contact-book-store.ts';
import type { Attempt, InboxTx } from '../../../db/database.ts';
import { listGaps, openGap } from '../../../db/gap-store.ts';
import { commitMessages, knownVerdicts } from '../../../db/message-store.ts';
import { runsUpTo } from '../../../db/replay-store.ts';
import { isAwaited } from '../../../domain/awaited.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, addContacts, connect, contact, DAY_MS, decided, NOON, stored } from './fixtures.ts';

const CLOSES = { closesGap: true };

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

const work = <T>(step: (tx: InboxTx) => Promise<T>) =>
  database.worker.asConnectedInbox(inbox, step);

const window = { windowFrom: NOON - DAY_MS, windowTo: NOON, seqAfter: 0, seqUpto: 0 };
const slice = (addressIds: string[] = []): NewSlice => ({
  from: NOON - DAY_MS,
  to: NOON,
  addressIds,
  headersFirst: false,
});

const commit = (page: Parameters<typeof commitMessages>[2]) =>
  database.worker.asConnectedInbox(inbox, (tx, row) => commitMessages(tx, row, page));

test('P7 the first connect asks for the last 90 days', async () => {
  const backfill = await work((tx) => getBackfill(tx, 1));
  expect(backfill).toMatchObject({
    n: 1,
    kind: 'initial',
    state: 'requested',
    windowFrom: NOON - 90 * DAY_MS,
    windowTo: NOON,
    plannedAt: null,
  });
});

test('numbers are distinct and in order, however many ask at once', async () => {
  const ns = await Promise.all(
    Array.from({ length: 8 }, () =>
      work((tx) => requestBackfill(tx, { kind: 'recheck', ...window })),
    ),
  );
  expect(ns.sort((a, b) => a - b)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
});

test('what is due is claimed until it has finished; the rest has a time', async () => {
  const dueAt = NOON + DAY_MS;
  await work((tx) => requestBackfill(tx, { kind: 'recheck', ...window, dueAt }));
  const claim = (now: number) => work((tx) => claimDueBackfills(tx, now));
  // The initial one was asked for just now, by the database's clock.
  const initial = { n: 1, kind: 'initial' };
  expect(await claim(Date.now() + 1_000)).toContainEqual(initial);
  await work((tx) => planBackfill(tx, 1, []));
  expect(await claim(Date.now() + 1_000)).toContainEqual(initial);
  await work((tx) => finishBackfill(tx, 1, CLOSES));
  expect(await claim(dueAt - 1)).toEqual([]);
  expect(await work(nextDueAt)).toBe(dueAt);
  expect(await claim(dueAt)).toEqual([{ n: 2, kind: 'recheck' }]);
  await work((tx) => cancelBackfill(tx, 2));
  expect(await work(nextDueAt)).toBeNull();
});

test('the first plan stays, of two planners at once too', async () => {
  const planned = await Promise.all([
    work((tx) => planBackfill(tx, 1, [slice(), slice()])),
    work((tx) => planBackfill(tx, 1, [slice()])),
    work((tx) => planBackfill(tx, 1, [slice(), slice(), slice()])),
  ]);
  expect(planned.filter(Boolean)).toHaveLength(1);
  const { plannedAt } = await work((tx) => getBackfill(tx, 1));
  expect(await work((tx) => planBackfill(tx, 1, [slice()]))).toBe(false);
  expect((await work((tx) => getBackfill(tx, 1))).plannedAt).toBe(plannedAt);
});

test('a backfill resumes from its slices and their pages', async () => {
  await addContacts(database, 'acme', contact('keep', 'keep@x.com'), contact('drop', 'drop@x.com'));
  const { addresses } = await work(loadContactBook);
  const idOf = (contactId: string) => addresses.find((a) => a.contactId === contactId)?.id ?? '';
  const [keep, drop] = [idOf('keep'), idOf('drop')];
  await work((tx) => planBackfill(tx, 1, [slice([keep, drop]), slice([drop]), slice([keep])]));
  await addContacts(database, 'acme', contact('drop'));

  // The address is gone: its own slice is done, the shared one asks for the other alone.
  const slices = await work((tx) => openSlices(tx, 1));
  expect(slices.map(({ ordinal }) => ordinal)).toEqual([0, 2]);
  expect(slices[0]?.addresses).toMatchObject([{ contactId: 'keep', matchKey: 'keep@x.com' }]);
  expect(slices[0]).toMatchObject({ from: NOON - DAY_MS, to: NOON, pageTokenCt: null });

  await work((tx) => advanceSlice(tx, 1, 0, Buffer.from('page 2')));
  expect(await work((tx) => getSlice(tx, 1, 0))).toMatchObject({
    pageTokenCt: Buffer.from('page 2'),
    done: false,
  });
  await work((tx) => advanceSlice(tx, 1, 0, null));
  // A late attempt at an earlier page does not open it again.
  await work((tx) => advanceSlice(tx, 1, 0, Buffer.from('page 2')));
  expect(await work((tx) => getSlice(tx, 1, 0))).toMatchObject({ pageTokenCt: null, done: true });
  expect((await work((tx) => openSlices(tx, 1))).map(({ ordinal }) => ordinal)).toEqual([2]);
  await expect(work((tx) => advanceSlice(tx, 1, 99, null))).rejects.toThrow('has no slice 99');
  await addContacts(database, 'acme', contact('keep'));
});

test('B2 the receipt adds up: every id seen has one verdict', async () => {
  await commit([stored('known'), decided('old', { kind: 'skipped', reason: 'spam' })]);
  // What was stored before it was asked for is none that it added.
  await work((tx) =>
    tx.sql('update backfills set requested_at = now() where inbox_id = app_inbox() and n = 1'),
  );
  await work((tx) => planBackfill(tx, 1, [slice(), slice()]));
  const ids = ['b', 'known', 'a', 'old'];
  await work(async (tx) => noteSeen(tx, 1, ids));
  const known = await work((tx) => knownVerdicts(tx, ids));
  expect(ids.map((id) => ({ id, known: known.get(id)?.kind ?? null }))).toEqual([
    { id: 'b', known: null },
    { id: 'known', known: 'stored' },
    { id: 'a', known: null },
    { id: 'old', known: 'skipped' },
  ]);
  // Seen again, in another slice: counted once.
  await work(async (tx) => noteSeen(tx, 1, ['c', 'a', 'd', 'e']));
  await commit([
    stored('a'),
    decided('b', { kind: 'skipped', reason: 'not_contact' }),
    decided('c', { kind: 'gone' }),
    decided('d', { kind: 'failed', code: 'unreadable' }),
    decided('e', { kind: 'skipped', reason: 'not_contact' }),
    // Another backfill's, or sync's: not in this receipt.
    stored('elsewhere'),
  ]);
  await work((tx) => advanceSlice(tx, 1, 0, null));
  expect(await work((tx) => progress(tx, 1))).toEqual({
    slices: 2,
    slicesDone: 1,
    seen: 7,
    stored: 2,
    skipped: 3,
    gone: 1,
    failed: 1,
  });
  await expect(work((tx) => finishBackfill(tx, 1, CLOSES))).rejects.toThrow('has slices left');
  await work((tx) => advanceSlice(tx, 1, 1, null));
  const finished = await work((tx) => finishBackfill(tx, 1, CLOSES));
  expect(finished).toEqual({
    state: 'completed_with_failures',
    receipt: {
      seen: 7,
      stored: 2,
      skipped: { not_contact: 2, spam: 1 },
      gone: 1,
      failed: 1,
      missing: 0,
      added: 1,
    },
  });
  // Frozen: what a replay mends later is in the replay's receipt.
  await commit([stored('d')]);
  expect(await work((tx) => finishBackfill(tx, 1, CLOSES))).toEqual(finished);
  const [listed] = await database.api.asUser(ALICE, (tx) => listBackfills(tx, inbox.inboxId));
  expect(listed).toMatchObject({ state: 'completed_with_failures', receipt: finished.receipt });
});

test('B9 a gap is closed by its own backfill and by nothing else', async () => {
  const [gapId, n] = await work(async (tx) => {
    const id = await openGap(tx, { cause: 'cursor_expired', from: NOON - DAY_MS, to: NOON });
    return [id, await requestBackfill(tx, { kind: 'gap', ...window, gapId: id })] as const;
  });
  const gap = async () =>
    (await database.api.asUser(ALICE, (tx) => listGaps(tx, inbox.inboxId))).find(
      ({ id }) => id === gapId,
    );
  await work((tx) => planBackfill(tx, 1, []));
  await work((tx) => finishBackfill(tx, 1, CLOSES));
  expect(await gap()).toMatchObject({ from: NOON - DAY_MS, to: NOON, closedAt: null });
  await work((tx) => planBackfill(tx, n, [slice()]));
  await work(async (tx) => noteSeen(tx, n, ['lost']));
  await work((tx) => advanceSlice(tx, n, 0, null));
  await commit([stored('lost')]);
  await work((tx) => finishBackfill(tx, n, CLOSES));
  expect((await gap())?.closedAt).toBeTypeOf('number');
});

test('I1 a gap stays open until search has had time to know its newest mail', async () => {
  const n = await work(async (tx) => {
    const gapId = await openGap(tx, { cause: 'downtime', from: NOON - DAY_MS, to: NOON });
    return requestBackfill(tx, { kind: 'gap', ...window, gapId });
  });
  await work((tx) => planBackfill(tx, n, []));
  await work((tx) => finishBackfill(tx, n, { closesGap: false }));
  const gaps = await database.api.asUser(ALICE, (tx) => listGaps(tx, inbox.inboxId));
  expect(gaps).toMatchObject([{ closedAt: null }]);
});

test('I1 a gap with an id that nobody decided on stays open', async () => {
  const n = await work(async (tx) => {
    const gapId = await openGap(tx, { cause: 'downtime', from: NOON - DAY_MS, to: NOON });
    return requestBackfill(tx, { kind: 'gap', ...window, gapId });
  });
  await work((tx) => planBackfill(tx, n, []));
  await work(async (tx) => noteSeen(tx, n, ['forgotten']));
  const { state, receipt } = await work((tx) => finishBackfill(tx, n, CLOSES));
  expect([state, receipt.missing]).toEqual(['completed_with_failures', 1]);
  const gaps = await database.api.asUser(ALICE, (tx) => listGaps(tx, inbox.inboxId));
  expect(gaps).toMatchObject([{ closedAt: null }]);
});

test('a cancelled backfill does not finish', async () => {
  await work((tx) => cancelBackfill(tx, 1));
  await expect(work((tx) => finishBackfill(tx, 1, CLOSES))).rejects.toThrow(
    '(cancelled) cannot be finished',
  );
  expect(await work((tx) => planBackfill(tx, 1, [slice()]))).toBe(false);
});

test('P7 a backfill and its replays are one to the user: mailed once, with what all have seen', async () => {
  const awaited = async (n: number) => isAwaited(await work((tx) => runsUpTo(tx, n)));
  await work((tx) => planBackfill(tx, 1, []));
  await work(async (tx) => noteSeen(tx, 1, ['a', 'b']));
  await work((tx) => failBackfill(tx, 1, 'RequestRefused'));
  const first = await work((tx) => requestBackfill(tx, { kind: 'replay', ...window, replays: 1 }));
  const n = await work((tx) => requestBackfill(tx, { kind: 'replay', ...window, replays: first }));
  await work(async (tx) => noteSeen(tx, n, ['b', 'c']));
  await commit([stored('a'), stored('b'), decided('c', { kind: 'failed', code: 'too_large' })]);

  const runs = (await work((tx) => runsUpTo(tx, n))).map((run) => run.n);
  expect(runs).toEqual([1, first, n]);
  expect(await work((tx) => countSeen(tx, runs))).toEqual({
    receipt: { seen: 3, stored: 2, skipped: {}, gone: 0, failed: 1, missing: 0, added: 2 },
    failures: { too_large: 1 },
  });
  expect(await awaited(n)).toBe(true);
  await work((tx) => markNotified(tx, runs));
  // Nor by a mail about the first run that was still under way.
  expect([await awaited(n), await awaited(1)]).toEqual([false, false]);
  const other = await work((tx) => requestBackfill(tx, { kind: 'gap', ...window }));
  expect(await awaited(other)).toBe(false);
});

test('slices that see the same ids in another order at once do not wait for each other for ever', async () => {
  await work((tx) => planBackfill(tx, 1, []));
  const ids = Array.from({ length: 200 }, (_, i) => `m${i}`);
  await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      work(async (tx) => noteSeen(tx, 1, i % 2 ? ids : ids.toReversed())),
    ),
  );
  expect((await work((tx) => progress(tx, 1))).seen).toBe(200);
});
