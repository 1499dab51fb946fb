import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failBackfill, finishBackfill } from '../../../db/backfill-receipt-store.ts';
import type { Attempt } from '../../../db/database.ts';
import { deleteBatch, finishDeletion } from '../../../db/deletion-store.ts';
import { disconnectInbox } from '../../../db/inbox-store.ts';
import { commitMessages } from '../../../db/message-store.ts';
import { startDeletion } from '../../../db/start-deletion.ts';
import { markNeedsReconnect } from '../../../db/worker-inbox-store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, BOB, connect, decided, gate, NOON, OTHER_ALICE, stored } from '../db/fixtures.ts';
import { ADMIN, addEndpoint, deliveriesOf } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.[Symbol.asyncDispose]());

let mailboxes = 0;
const newInbox = (user = ALICE): Promise<Attempt> => {
  mailboxes += 1;
  return connect(database, user, { mailbox: `box-${mailboxes}@acme.example` });
};

const store = (inbox: Attempt, ...ids: string[]): Promise<string[]> =>
  database.worker.asConnectedInbox(inbox, (tx) =>
    commitMessages(
      tx,
      tx.inbox,
      ids.map((id) => stored(id)),
    ),
  );

const told = async (endpointId: string, inbox: Attempt) =>
  (await deliveriesOf(database, endpointId)).filter((one) => one.inbox_id === inbox.inboxId);

describe('the outbox', () => {
  it('tells of each stored message once, with ids and times alone', async () => {
    const { id } = await addEndpoint(database);
    const inbox = await newInbox();
    expect(await store(inbox, 'a', 'b')).toEqual(['a', 'b']);
    expect(await store(inbox, 'b', 'c')).toEqual(['c']);
    const events = await told(id, inbox);
    expect(events.map(({ type }) => type)).toEqual(Array(3).fill('message.synced'));
    expect(new Set(events.map(({ event_id }) => event_id)).size).toBe(3);
    expect(events[0]?.facts).toEqual({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      threadId: 'thread',
      direction: 'inbound',
      receivedAt: new Date(NOON).toISOString(),
    });
  });

  it('is written with what it tells, or not at all', async () => {
    const { id } = await addEndpoint(database);
    const inbox = await newInbox();
    const failing = database.worker.asConnectedInbox(inbox, async (tx) => {
      await commitMessages(tx, tx.inbox, [stored('lost')]);
      throw new Error('and then it failed');
    });
    await expect(failing).rejects.toThrow('and then it failed');
    expect(await told(id, inbox)).toEqual([]);
    await database.worker.asConnectedInbox(inbox, (tx) =>
      commitMessages(tx, tx.inbox, [decided('skipped', { kind: 'gone' })]),
    );
    expect(await told(id, inbox)).toEqual([]);
  });

  it('tells nothing where nobody asked: no endpoint, another org, another type, disabled', async () => {
    const globex = await newInbox(OTHER_ALICE);
    await store(globex, 'x');
    const typed = await addEndpoint(database, { types: ['inbox.disconnected'] });
    const disabled = await addEndpoint(database);
    await database.sql(`update event_endpoints set state = 'disabled' where id = $1`, [
      disabled.id,
    ]);
    const inbox = await newInbox();
    await store(inbox, 'y');
    expect(await told(typed.id, inbox)).toEqual([]);
    expect(await told(disabled.id, inbox)).toEqual([]);
    const rows = await database.sql('select from event_deliveries where org_id = $1', ['globex']);
    expect(rows).toHaveLength(0);
  });

  it('tells what becomes of an inbox, and forgets its messages with its history', async () => {
    const { id } = await addEndpoint(database);
    const inbox = await newInbox();
    await store(inbox, 'm');
    await database.worker.asConnectedInbox(inbox, (tx) => failBackfill(tx, 1, 'Unknown'));
    await database.worker.asConnectedInboxExclusive(inbox, (tx) =>
      markNeedsReconnect(tx, 'revoked'),
    );
    await database.api.asUser(ALICE, (tx) => disconnectInbox(tx, inbox.inboxId));
    await database.api.asUser(ALICE, (tx) => disconnectInbox(tx, inbox.inboxId));
    const deletion = await database.api.asUser(ALICE, (tx) => startDeletion(tx, inbox.inboxId));
    await database.worker.asInbox(inbox.inboxId, async (tx) => {
      while ((await deleteBatch(tx, deletion, 100)).deleted > 0);
      await finishDeletion(tx, deletion);
      await finishDeletion(tx, deletion);
    });
    const events = await told(id, inbox);
    expect(events.map(({ type, facts }) => [type, facts])).toEqual([
      ['backfill.failed', expect.objectContaining({ n: 1, kind: 'initial', state: 'failed' })],
      ['inbox.needs_reconnect', { epoch: 1, reason: 'revoked' }],
      ['inbox.disconnected', { epoch: 2 }],
      [
        'history.deleted',
        { deletionId: deletion.deletionId, messagesDeleted: 1, verdictsDeleted: 1 },
      ],
    ]);
  });

  it('tells once of a finished backfill, and not of its recheck', async () => {
    const { id } = await addEndpoint(database);
    const inbox = await newInbox();
    await database.sql(`update backfills set state = 'running' where inbox_id = $1`, [
      inbox.inboxId,
    ]);
    const finish = () =>
      database.worker.asConnectedInbox(inbox, (tx) => finishBackfill(tx, 1, { closesGap: false }));
    await finish();
    await finish();
    await database.sql(
      `insert into backfills (inbox_id, n, kind, state, window_from, window_to, seq_upto)
       values ($1, 2, 'recheck', 'running', now(), now(), 0)`,
      [inbox.inboxId],
    );
    await database.worker.asConnectedInbox(inbox, (tx) =>
      finishBackfill(tx, 2, { closesGap: false }),
    );
    expect((await told(id, inbox)).map(({ type, facts }) => [type, facts.n])).toEqual([
      ['backfill.completed', 1],
    ]);
  });

  it('numbers an inbox’s events in the order of the commits, whoever began first', async () => {
    const { id } = await addEndpoint(database);
    const inbox = await newInbox();
    const written = gate();
    const mayCommit = gate();
    const slow = database.worker.asConnectedInbox(inbox, async (tx) => {
      await commitMessages(tx, tx.inbox, [stored('slow')]);
      written.resolve();
      await mayCommit.promise;
    });
    await written.promise;
    const fast = store(inbox, 'fast');
    while ((await database.waiting()) === 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    mayCommit.resolve();
    await Promise.all([slow, fast]);
    const ids = await database.sql<{ id: string; provider_message_id: string }>(
      'select id, provider_message_id from messages where inbox_id = $1',
      [inbox.inboxId],
    );
    const nameOf = new Map(ids.map((row) => [row.id, row.provider_message_id]));
    const order = (await told(id, inbox)).map(({ facts }) => nameOf.get(String(facts.messageId)));
    expect(order).toEqual(['slow', 'fast']);
  });

  it('P3 I5 is seen by the org’s administrators alone, endpoints by who registered them too', async () => {
    await addEndpoint(database);
    await store(await newInbox(), 'z');
    for (const table of ['event_endpoints', 'event_deliveries']) {
      const seenBy = (user: typeof ADMIN) =>
        database.api.asUser(user, (tx) => tx.sql(`select 1 from ${table}`));
      expect(await seenBy(ADMIN)).not.toEqual([]);
      expect(await seenBy({ ...BOB, roles: [] })).toEqual([]);
      expect(await seenBy({ ...BOB, roles: ['ops'] })).toEqual([]);
      expect(await seenBy({ ...OTHER_ALICE, roles: ['admin'] })).toEqual([]);
    }
  });
});
