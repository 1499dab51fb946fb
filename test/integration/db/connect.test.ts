import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { unwrapDataKey } from '../../../crypto/data-key.ts';
import { noteSeen } from '../../../db/backfill-seen-store.ts';
import { planBackfill } from '../../../db/backfill-slice-store.ts';
import { cancelBackfill, listBackfills } from '../../../db/backfill-store.ts';
import { requestChecks } from '../../../db/check-store.ts';
import { openCommands } from '../../../db/command-store.ts';
import { connectInbox } from '../../../db/connect-inbox.ts';
import type { Attempt, InboxTx } from '../../../db/database.ts';
import { listGaps } from '../../../db/gap-store.ts';
import { getInbox } from '../../../db/inbox-lock.ts';
import { changeScope, disconnectInbox, listInboxes } from '../../../db/inbox-store.ts';
import { readKeys } from '../../../db/keys-store.ts';
import { inboxesForPush } from '../../../db/push-store.ts';
import { startDeletion } from '../../../db/start-deletion.ts';
import { notePush, readCursor, saveCursor, saveWatch } from '../../../db/sync-store.ts';
import { markNeedsReconnect } from '../../../db/worker-inbox-store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  ALICE,
  addContacts,
  BOB,
  connect,
  connectInput,
  contact,
  DAY_MS,
  keys,
  NOON,
} from './fixtures.ts';

let database: TestDatabase;
let mailbox: string;
let mailboxes = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  await addContacts(database, ALICE.orgId, contact('c1', 'c1@x.com'), contact('c2', 'c2@x.com'));
});
beforeEach(() => {
  mailboxes += 1;
  mailbox = `${mailboxes}@acme`;
});
afterAll(() => database[Symbol.asyncDispose]());

const asAlice = <T>(step: Parameters<TestDatabase['api']['asUser']>[1]) =>
  database.api.asUser(ALICE, step) as Promise<T>;
const inboxRow = (id: string) => database.api.asUser(ALICE, (tx) => getInbox(tx, id));
const backfills = (id: string) => database.api.asUser(ALICE, (tx) => listBackfills(tx, id));
const gaps = (id: string) => database.api.asUser(ALICE, (tx) => listGaps(tx, id));
const keyOf = (inboxId: string) =>
  database.api.asUser(ALICE, async (tx) => {
    const stored = await readKeys(tx, inboxId);
    if (stored.length === 0) return null;
    const { current } = await unwrapDataKey(keys, { orgId: ALICE.orgId, inboxId }, stored);
    return current.export().toString('hex');
  });
const work = <T>(inbox: Attempt, step: (tx: InboxTx) => Promise<T>) =>
  database.worker.asConnectedInbox(inbox, step);

test('the first connect leaves nothing to be done but to start', async () => {
  const inbox = await connect(database, ALICE, { mailbox });
  expect(await inboxRow(inbox.inboxId)).toMatchObject({
    ...ALICE,
    status: 'connected',
    epoch: 1,
    windowStart: NOON - 90 * DAY_MS,
    connectedAt: NOON,
    coveredSeq: 2,
    tokensCt: Buffer.from('tokens'),
  });
  expect(await backfills(inbox.inboxId)).toMatchObject([
    { kind: 'initial', seqAfter: 0, seqUpto: 2 },
  ]);
  expect(await work(inbox, readCursor)).toMatchObject({
    cursorCt: Buffer.from('cursor'),
    syncedAt: NOON,
  });
  const commands = await database.api.asNobody((tx) => openCommands(tx, -1_000));
  expect(commands.filter(({ inboxId }) => inboxId === inbox.inboxId)).toMatchObject([
    { kind: 'open', epoch: 1 },
  ]);
  expect(await gaps(inbox.inboxId)).toEqual([]);
});

test('two first connects at once make one inbox, and the later leaves it as it is', async () => {
  const leavesConnected = true;
  const made = await Promise.all(
    [1, 2, 3].map(() =>
      database.api.asUser(ALICE, (tx) =>
        connectInbox(tx, connectInput(ALICE, { mailbox, leavesConnected })),
      ),
    ),
  );
  expect(new Set(made.map(({ inboxId }) => inboxId)).size).toBe(1);
  expect(made.map(({ epoch }) => epoch)).toEqual([1, 1, 1]);
  expect(made.map(({ changed }) => changed).sort()).toEqual([false, false, true]);
  const { inboxId } = made[0] as { inboxId: string };
  await asAlice((tx) => disconnectInbox(tx, inboxId));
  const again = { mailbox, leavesConnected };
  expect(await connect(database, ALICE, again)).toEqual({ inboxId, epoch: 3 });
});

test('two callbacks at once make one inbox', async () => {
  const made = await Promise.all([1, 2, 3].map(() => connect(database, ALICE, { mailbox })));
  expect(new Set(made.map(({ inboxId }) => inboxId)).size).toBe(1);
  expect(made.map(({ epoch }) => epoch).sort()).toEqual([1, 2, 3]);
  expect(await backfills(made[0]?.inboxId ?? '')).toHaveLength(1);
});

test('P3 the same mailbox of two users is two inboxes; a push finds both', async () => {
  const alices = await connect(database, ALICE, { mailbox });
  const bobs = await connect(database, BOB, { mailbox });
  expect(alices.inboxId).not.toBe(bobs.inboxId);
  const found = await database.api.asNobody((tx) =>
    inboxesForPush(tx, 'gmail', Buffer.from(mailbox)),
  );
  expect(found.map(({ inboxId }) => inboxId).sort()).toEqual([alices.inboxId, bobs.inboxId].sort());
  const listed = await database.api.asUser(BOB, listInboxes);
  expect(listed.map(({ id }) => id)).toContain(bobs.inboxId);
  expect(listed.map(({ id }) => id)).not.toContain(alices.inboxId);
});

test('B9 reconnecting opens a gap from where sync stood, with a backfill of its own', async () => {
  const first = await connect(database, ALICE, { mailbox });
  const key = await keyOf(first.inboxId);
  const syncedAt = NOON + 3 * DAY_MS;
  await work(first, (tx) => saveCursor(tx, { cursorCt: Buffer.from('old'), syncedAt }));
  await asAlice((tx) => disconnectInbox(tx, first.inboxId));
  expect(
    await database.api.asNobody((tx) => inboxesForPush(tx, 'gmail', Buffer.from(mailbox))),
  ).toEqual([]);
  await addContacts(database, ALICE.orgId, contact(`late ${mailbox}`, `late-${mailbox}@x.com`));

  const now = NOON + 5 * DAY_MS;
  const again = await database.api.asUser(ALICE, (tx) =>
    connectInbox(tx, connectInput(ALICE, { mailbox, now })),
  );
  expect(again).toMatchObject({ inboxId: first.inboxId, epoch: 3, reconnected: true });
  const attempt = { inboxId: again.inboxId, epoch: again.epoch };
  expect(await keyOf(first.inboxId)).toBe(key);
  expect(await work(attempt, readCursor)).toMatchObject({
    cursorCt: Buffer.from('cursor'),
    syncedAt: now,
  });
  expect(await gaps(first.inboxId)).toMatchObject([
    { cause: 'disconnected', from: syncedAt, to: now, closedAt: null },
  ]);
  const [gapBackfill] = await backfills(first.inboxId);
  // Mail that was labelled or taken out of spam meanwhile has kept its date.
  expect(gapBackfill).toMatchObject({
    n: 2,
    kind: 'gap',
    windowFrom: NOON - 90 * DAY_MS,
    windowTo: now,
  });
  // The contact that came meanwhile still needs the whole window.
  const row = await inboxRow(first.inboxId);
  expect(row).toMatchObject({
    coveredSeq: 2,
    windowStart: NOON - 90 * DAY_MS,
    disconnectedAt: null,
  });
});

test('I1 a backfill cut short by the disconnect goes on after the reconnect', async () => {
  const first = await connect(database, ALICE, { mailbox });
  await work(first, async (tx) => {
    await planBackfill(tx, 1, [
      { from: NOON - DAY_MS, to: NOON, addressIds: [], headersFirst: false },
    ]);
    await noteSeen(tx, 1, ['seen']);
  });
  await asAlice((tx) => disconnectInbox(tx, first.inboxId));
  await database.worker.asInbox(first.inboxId, (tx) => cancelBackfill(tx, 1));
  await connect(database, ALICE, { mailbox, now: NOON + DAY_MS });
  const states = (await backfills(first.inboxId)).map(({ kind, state }) => [kind, state]);
  expect(states).toEqual([
    ['gap', 'requested'],
    ['initial', 'running'],
  ]);
});

test('a lost grant leaves a gap of its own cause', async () => {
  const first = await connect(database, ALICE, { mailbox });
  await database.worker.asConnectedInboxExclusive(first, (tx) => markNeedsReconnect(tx, 'revoked'));
  await connect(database, ALICE, { mailbox, now: NOON + DAY_MS });
  expect(await gaps(first.inboxId)).toMatchObject([{ cause: 'revoked', from: NOON }]);
  expect(await inboxRow(first.inboxId)).toMatchObject({
    status: 'connected',
    reconnectReason: null,
  });
});

test('consenting again while connected keeps the cursor and lists nothing anew', async () => {
  const first = await connect(database, ALICE, { mailbox });
  await work(first, (tx) => saveCursor(tx, { cursorCt: Buffer.from('mine'), syncedAt: NOON + 1 }));
  const again = await connect(database, ALICE, { mailbox, now: NOON + DAY_MS });
  expect(again.epoch).toBe(2);
  expect(await work(again, readCursor)).toMatchObject({ cursorCt: Buffer.from('mine') });
  expect(await backfills(first.inboxId)).toHaveLength(1);
  expect(await gaps(first.inboxId)).toEqual([]);
});

test('P1 consenting again while connected: no push has proved the next watch, so it is polled', async () => {
  const first = await connect(database, ALICE, { mailbox });
  await work(first, (tx) => notePush(tx, NOON));
  const again = await connect(database, ALICE, { mailbox });
  expect(await work(again, readCursor)).toMatchObject({ pushedAt: null });
});

test('P6 another scope asks for the whole window again; B7 a stop is the last word', async () => {
  const label = { kind: 'label', labelId: 'L1' } as const;
  const inbox = await connect(database, ALICE, { mailbox });
  const changed = await database.api.asUser(ALICE, (tx) => changeScope(tx, inbox, label));
  expect(changed.n).toBe(2);
  expect(changed.commandId).toBeTypeOf('number');
  const same = await database.api.asUser(ALICE, (tx) => changeScope(tx, inbox, label));
  expect(same).toEqual({ n: null, commandId: null, begins: false });
  await asAlice((tx) => disconnectInbox(tx, inbox.inboxId));
  const back = () => asAlice((tx) => changeScope(tx, inbox, { kind: 'contacts' }));
  await expect(back()).rejects.toMatchObject({ name: 'StaleEpoch' });
  await connect(database, ALICE, { mailbox, scope: label });
  await expect(back()).rejects.toMatchObject({ name: 'StaleEpoch' });
  const latest = (await backfills(inbox.inboxId)).find(({ kind }) => kind === 'scope');
  expect(latest).toMatchObject({ n: 2, windowFrom: NOON - 90 * DAY_MS });
});

const unread = { cursorCt: null, profileCt: Buffer.from('p'), tokensCt: Buffer.from('t') };
const UNCHOSEN = { scope: { kind: 'unchosen' }, seal: () => unread } as const;
const LABEL = { kind: 'label', labelId: 'L1' } as const;
const checksOf = async (inboxId: string): Promise<number> => {
  await requestChecks(database.worker, { everyMs: 0, limit: 1_000, windowMs: DAY_MS });
  return (await backfills(inboxId)).filter(({ kind }) => kind === 'check').length;
};

test('P6 with nothing chosen there is no cursor, no backfill and no check; the choice is the first', async () => {
  const inbox = await connect(database, ALICE, { mailbox, ...UNCHOSEN });
  const { inboxId } = inbox;
  expect(await backfills(inboxId)).toEqual([]);
  expect(await checksOf(inboxId)).toBe(0);
  await expect(work(inbox, readCursor)).rejects.toThrow();
  await database.worker.asConnectedInboxExclusive(inbox, (tx) => markNeedsReconnect(tx, 'revoked'));
  const again = await connect(database, ALICE, { mailbox, ...UNCHOSEN, now: NOON + DAY_MS });
  expect(await gaps(inboxId)).toEqual([]);
  expect(await backfills(inboxId)).toEqual([]);

  const chosen = await database.api.asUser(ALICE, (tx) => changeScope(tx, again, LABEL));
  expect(chosen).toMatchObject({ n: 1, commandId: expect.any(Number), begins: true });
  expect(await backfills(inboxId)).toMatchObject([
    { kind: 'initial', windowFrom: NOON - 90 * DAY_MS, seqAfter: 0 },
  ]);
  expect((await inboxRow(inboxId))?.coveredSeq).toBeGreaterThan(0);
});

test('P6 a mailbox that was read and is connected as unchosen rests until a choice', async () => {
  const { inboxId } = await connect(database, ALICE, { mailbox });
  await asAlice((tx) => disconnectInbox(tx, inboxId));
  const now = NOON + DAY_MS;
  const again = await connect(database, ALICE, { mailbox, ...UNCHOSEN, now });
  expect(await inboxRow(inboxId)).toMatchObject({ scope: UNCHOSEN.scope, coveredSeq: 0 });
  await expect(work(again, readCursor)).rejects.toThrow();
  // What the disconnect left out waits in its gap.
  expect(await gaps(inboxId)).toMatchObject([{ cause: 'disconnected', closedAt: null }]);
  expect((await backfills(inboxId)).map(({ kind }) => kind)).toEqual(['gap', 'initial']);

  // To connect it by the default is a choice too.
  const chosen = await connect(database, ALICE, { mailbox, keepsScope: true, now });
  expect(await inboxRow(inboxId)).toMatchObject({ scope: { kind: 'contacts' } });
  expect(await work(chosen, readCursor)).toMatchObject({ syncedAt: now });
  expect((await backfills(inboxId))[0]).toMatchObject({ kind: 'initial', windowTo: now });
});

test('P6 a consent that knew of no choice does not connect what was chosen and lost meanwhile', async () => {
  const inbox = await connect(database, ALICE, { mailbox, scope: LABEL });
  const late = { mailbox, ...UNCHOSEN, keepsScope: true };
  // Connected, it keeps the scope and the cursor.
  const kept = await connect(database, ALICE, late);
  expect(await inboxRow(inbox.inboxId)).toMatchObject({ scope: LABEL });
  await database.worker.asConnectedInboxExclusive(kept, (tx) => markNeedsReconnect(tx, 'revoked'));
  await expect(connect(database, ALICE, late)).rejects.toMatchObject({ name: 'FlowEnded' });
  expect(await inboxRow(inbox.inboxId)).toMatchObject({ status: 'needs_reconnect' });
});

test('while its history is being deleted an inbox can be neither connected nor changed', async () => {
  const inbox = await connect(database, ALICE, { mailbox });
  await asAlice((tx) => startDeletion(tx, inbox.inboxId));
  const refused = { name: 'InboxDeleting' };
  await expect(connect(database, ALICE, { mailbox })).rejects.toMatchObject(refused);
  await expect(
    asAlice((tx) => changeScope(tx, inbox, { kind: 'label', labelId: 'L' })),
  ).rejects.toMatchObject(refused);
  expect(await asAlice((tx) => disconnectInbox(tx, inbox.inboxId))).toMatchObject({
    commandId: null,
  });
  expect(await inboxRow(inbox.inboxId)).toMatchObject({ status: 'deleting' });
});

test('watch and push are noted beside the cursor', async () => {
  const inbox = await connect(database, ALICE, { mailbox });
  await work(inbox, async (tx) => {
    await saveWatch(tx, { id: null, expiresAt: NOON + 7 * DAY_MS });
    await notePush(tx, NOON + 5);
    await notePush(tx, NOON + 3);
  });
  expect(await work(inbox, readCursor)).toMatchObject({
    watchExpiresAt: NOON + 7 * DAY_MS,
    pushedAt: NOON + 5,
  });
});
