import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noteSeen } from '../../../db/backfill-seen-store.ts';
import type { Attempt } from '../../../db/database.ts';
import { commitMessages } from '../../../db/message-store.ts';
import { listOpsInboxes } from '../../../db/ops-inbox-store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, addContacts, BOB, connect, contact, OTHER_ALICE, stored } from './fixtures.ts';

const OLGA = { orgId: 'operators', userId: 'olga' };

let database: TestDatabase;
let inbox: Attempt;
beforeAll(async () => {
  database = await createTestDatabase();
  await addContacts(database, ALICE.orgId, contact('c1', 'c1@example.com'));
  await connect(database, OTHER_ALICE);
  inbox = await connect(database);
  await database.worker.asConnectedInbox(inbox, async (tx, row) => {
    await noteSeen(tx, 1, ['m1']);
    await commitMessages(tx, row, [stored('m1')]);
  });
});
afterAll(() => database[Symbol.asyncDispose]());

/** What holds mail, addresses, tokens or keys: by table, or by table and column. */
const CONTENT = [
  ...['messages', 'message_contacts', 'contacts', 'contact_addresses', 'contact_books'],
  ...['oauth_states', 'inbox_keys', 'quota_slots'],
  ...['inboxes.profile_ct', 'inboxes.tokens_ct', 'inboxes.address_hash', 'inboxes.scope'],
  ...['sync_cursors.cursor_ct', 'verdicts.rfc_id_hash', 'verdicts.sender_hash'],
  ...['backfill_slices.address_ids', 'backfill_slices.page_token_ct', 'audit_log'],
];

describe('the operators’ role', () => {
  test('sees inboxes of every user and org', async () => {
    const inboxes = await database.api.asOps(OLGA, (tx) => listOpsInboxes(tx, { limit: 10 }));
    expect(inboxes.map(({ orgId }) => orgId).sort()).toEqual(['acme', 'globex']);
  });

  test.each(CONTENT)('I6 has no right to read %s', async (place) => {
    const [table, column = '*'] = place.split('.');
    const look = database.api.asOps(OLGA, (tx) => tx.sql(`select ${column} from ${table}`));
    await expect(look).rejects.toMatchObject({ sqlState: '42501' });
  });

  test('reads nothing of a column that was added without a thought of it', async () => {
    await database.sql('alter table inboxes add column added_later text');
    const look = database.api.asOps(OLGA, (tx) => tx.sql('select added_later from inboxes'));
    await expect(look).rejects.toMatchObject({ sqlState: '42501' });
    await database.sql('alter table inboxes drop column added_later');
  });

  test.each([
    "update inboxes set status = 'connected'",
    'delete from backfills',
    'update gaps set closed_at = now()',
    `insert into workflow_commands (inbox_id, kind, epoch) select id, 'delete', epoch from inboxes`,
    `insert into backfills (inbox_id, n, kind, state, window_from, window_to, seq_upto)
     select id, 99, 'initial', 'requested', now(), now(), 0 from inboxes`,
  ])('may not: %s', async (statement) => {
    const act = database.api.asOps(OLGA, (tx) => tx.sql(statement));
    await expect(act).rejects.toMatchObject({ sqlState: '42501' });
  });

  test('I5 gives a user’s request nothing: its rights are not the API’s own', async () => {
    const count = (tx: { sql: (text: string) => Promise<object[]> }) =>
      tx.sql('select count(*)::int as n from inboxes');
    expect(await database.api.asUser(BOB, count)).toEqual([{ n: 0 }]);
    expect(await database.api.asNobody(count)).toEqual([{ n: 0 }]);
  });

  test('ends with the transaction that asked for it', async () => {
    await database.api.asOps(OLGA, (tx) => tx.sql('select 1'));
    const [row] = await database.api.asNobody((tx) =>
      tx.sql<{ role: string }>('select current_user::text as role'),
    );
    expect(row?.role).toBe('sambandh_api');
  });

  test('cannot be taken by the worker', async () => {
    await expect(database.worker.asOps(OLGA, (tx) => tx.sql('select 1'))).rejects.toMatchObject({
      sqlState: '42501',
    });
  });
});
