import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listAudit, writeAudit } from '../../../db/audit-store.ts';
import type { Attempt, User } from '../../../db/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, BOB, connect, OTHER_ALICE } from './fixtures.ts';

let database: TestDatabase;
let inbox: Attempt;
beforeAll(async () => {
  database = await createTestDatabase();
  inbox = await connect(database);
  await database.api.asUser(ALICE, (tx) =>
    writeAudit(tx, { act: 'inbox.connected', inboxId: inbox.inboxId }),
  );
  await database.worker.asInbox(inbox.inboxId, (tx) =>
    writeAudit(tx, { act: 'history.deleted', inboxId: inbox.inboxId, count: 3 }),
  );
  await database.api.asUser(BOB, (tx) =>
    writeAudit(tx, { act: 'message.read', ownerId: ALICE.userId, subject: 'm1' }),
  );
});
afterAll(() => database[Symbol.asyncDispose]());

const actsOf = async (user: User, of: 'own' | 'org' = 'own') =>
  (await database.api.asUser(user, (tx) => listAudit(tx, { of, limit: 100 })))
    .map(({ actorId, ownerId, act }) => `${actorId} ${act} of ${ownerId}`)
    .sort();

const ALICES = [
  'alice inbox.connected of alice',
  'bob message.read of alice',
  'null history.deleted of alice',
];

describe('the audit log', () => {
  test('shows users what they did and what was done to theirs', async () => {
    expect(await actsOf(ALICE)).toEqual(ALICES);
    expect(await actsOf(BOB)).toEqual(['bob message.read of alice']);
    expect(await actsOf(OTHER_ALICE)).toEqual([]);
  });

  test('shows the org’s to its operators and administrators, and not another org’s', async () => {
    const carol = { orgId: 'acme', userId: 'carol' };
    expect(await actsOf(carol, 'org')).toEqual([]);
    expect(await actsOf({ ...carol, roles: ['owner', 'opsadmin'] }, 'org')).toEqual([]);
    expect(await actsOf({ ...carol, roles: ['ops'] }, 'org')).toEqual(ALICES);
    expect(await actsOf({ ...carol, roles: ['admin'] }, 'org')).toEqual(ALICES);
    expect(await actsOf({ ...OTHER_ALICE, roles: ['ops', 'admin'] }, 'org')).toEqual([]);
  });

  test('notes a read once an hour, and a change every time', async () => {
    const dan = { orgId: 'acme', userId: 'dan' };
    for (let i = 0; i < 3; i++) {
      await database.api.asUser(dan, async (tx) => {
        await writeAudit(tx, { act: 'timeline.read', subject: 'c1' });
        await writeAudit(tx, { act: 'contacts.changed', subject: 'c1' });
      });
    }
    await database.api.asUser(dan, (tx) => writeAudit(tx, { act: 'timeline.read', subject: 'c2' }));
    expect(await actsOf(dan)).toEqual([
      ...Array(3).fill('dan contacts.changed of dan'),
      ...Array(2).fill('dan timeline.read of dan'),
    ]);
  });

  test('goes with the act: what is rolled back is not noted', async () => {
    const undone = database.api.asUser(BOB, async (tx) => {
      await writeAudit(tx, { act: 'thread.shared', subject: 'undone' });
      throw new Error('the act failed');
    });
    await expect(undone).rejects.toThrow('the act failed');
    expect(await actsOf(BOB)).toEqual(['bob message.read of alice']);
  });

  test('cannot be changed, emptied or written for others by either role', async () => {
    const refused = { sqlState: '42501' };
    for (const statement of [
      "update audit_log set act = 'x'",
      'delete from audit_log',
      'truncate audit_log',
      `insert into audit_log (id, org_id, actor_id, owner_id, act)
         values (gen_random_uuid(), 'acme', 'alice', 'alice', 'x')`,
    ]) {
      await expect(database.api.asUser(BOB, (tx) => tx.sql(statement))).rejects.toMatchObject(
        refused,
      );
      await expect(
        database.worker.asInbox(inbox.inboxId, (tx) => tx.sql(statement)),
      ).rejects.toMatchObject(refused);
    }
    await expect(
      database.worker.asInbox(inbox.inboxId, (tx) => tx.sql('select from audit_log')),
    ).rejects.toMatchObject(refused);
  });

  test('is append-only for the owner of the tables, too', async () => {
    for (const statement of ['update audit_log set count = 1', 'delete from audit_log']) {
      await expect(database.sql(statement)).rejects.toThrow('append-only');
    }
    await expect(database.sql('truncate audit_log')).rejects.toThrow('append-only');
  });

  test('pages by time and id', async () => {
    const [first] = await database.api.asUser(ALICE, (tx) =>
      listAudit(tx, { of: 'own', limit: 1 }),
    );
    const rest = await database.api.asUser(ALICE, (tx) =>
      listAudit(tx, { of: 'own', limit: 100, before: first }),
    );
    expect(rest).toHaveLength(2);
    expect(rest.map(({ id }) => id)).not.toContain(first?.id);
  });
});
