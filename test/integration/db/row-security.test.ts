import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { noteSeen } from '../../../db/backfill-seen-store.ts';
import { planBackfill } from '../../../db/backfill-slice-store.ts';
import { insertBackfill } from '../../../db/backfill-store.ts';
import type { Attempt } from '../../../db/database.ts';
import { DatabaseError } from '../../../db/errors.ts';
import { openGap } from '../../../db/gap-store.ts';
import { commitMessages } from '../../../db/message-store.ts';
import { putOauthState } from '../../../db/oauth-state-store.ts';
import { startDeletion } from '../../../db/start-deletion.ts';
import { addTouches } from '../../../db/touch-store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  ALICE,
  addContacts,
  BOB,
  connect,
  contact,
  NOON,
  OTHER_ALICE,
  oauthState,
  stored,
} from './fixtures.ts';

const OWNED = [
  'inboxes',
  'inbox_keys',
  'sync_cursors',
  'touches',
  'backfills',
  'backfill_slices',
  'backfill_ids',
  'verdicts',
  'messages',
  'message_contacts',
  'gaps',
  'deletions',
  'workflow_commands',
];
const OF_THE_ORG = ['contact_books', 'contacts', 'contact_addresses'];

let database: TestDatabase;
let inbox: Attempt;
let bobs: Attempt;
beforeAll(async () => {
  database = await createTestDatabase();
  await addContacts(database, ALICE.orgId, contact('c1', 'c1@example.com'));
  bobs = await connect(database, BOB);
  // A deletion for Alice, then everything else in the inbox that is connected again.
  const first = await connect(database);
  const { deletionId } = await database.api.asUser(ALICE, (tx) => startDeletion(tx, first.inboxId));
  const { finishDeletion } = await import('../../../db/deletion-store.ts');
  await database.worker.asInbox(first.inboxId, (tx) => finishDeletion(tx, { deletionId }));
  inbox = await connect(database);
  await database.worker.asConnectedInbox(inbox, async (tx, row) => {
    await openGap(tx, { cause: 'downtime', from: NOON - 1000, to: NOON });
    const n = await insertBackfill(tx, row.id, {
      kind: 'scope',
      windowFrom: NOON - 1000,
      windowTo: NOON,
      seqAfter: 0,
      seqUpto: 1,
    });
    const slice = { from: NOON - 1000, to: NOON, addressIds: [], headersFirst: false };
    await planBackfill(tx, n, [slice]);
    await noteSeen(tx, n, ['m1']);
    await commitMessages(tx, row, [stored('m1')]);
    await addTouches(tx, { calls: 1 });
  });
  await database.api.asUser(ALICE, (tx) =>
    putOauthState(tx, oauthState(ALICE, Buffer.from('state'))),
  );
});
afterAll(() => database[Symbol.asyncDispose]());

const count = (table: string) => `select count(*)::int as n from ${table}`;

describe.each(OWNED)('P3 I5 %s', (table) => {
  const idColumn = table === 'inboxes' ? 'id' : 'inbox_id';
  const ofAlice = `select count(*)::int as n from ${table} where ${idColumn} = $1`;

  test('shows its owner their rows', async () => {
    const rows = await database.api.asUser(ALICE, (tx) => tx.sql(ofAlice, [inbox.inboxId]));
    expect(rows).not.toEqual([{ n: 0 }]);
  });

  test('shows a teammate, another org and nobody none of them', async () => {
    const seen = [
      await database.api.asUser(BOB, (tx) => tx.sql(ofAlice, [inbox.inboxId])),
      await database.api.asUser(OTHER_ALICE, (tx) => tx.sql(ofAlice, [inbox.inboxId])),
      await database.api.asOrg(ALICE.orgId, (tx) => tx.sql(ofAlice, [inbox.inboxId])),
      await database.api.asNobody((tx) => tx.sql(ofAlice, [inbox.inboxId])),
      await database.worker.asNobody((tx) => tx.sql(ofAlice, [inbox.inboxId])),
    ];
    expect(seen).toEqual(Array(5).fill([{ n: 0 }]));
  });

  test('shows the worker the inbox it is bound to and no other', async () => {
    const own = await database.worker.asInbox(inbox.inboxId, (tx) =>
      tx.sql(ofAlice, [inbox.inboxId]),
    );
    expect(own).not.toEqual([{ n: 0 }]);
    const other = await database.worker.asInbox(bobs.inboxId, (tx) =>
      tx.sql(ofAlice, [inbox.inboxId]),
    );
    expect(other).toEqual([{ n: 0 }]);
  });

  test('lets nobody else change or delete them', async () => {
    const touched = async (work: (sql: string) => Promise<object[]>) =>
      work(`delete from ${table} where ${idColumn} = '${inbox.inboxId}' returning 1`).catch(
        (error: unknown) => {
          // No right to delete at all is as good.
          expect(error).toMatchObject({ sqlState: '42501' });
          return [];
        },
      );
    expect(await touched((sql) => database.api.asUser(BOB, (tx) => tx.sql(sql)))).toEqual([]);
    expect(await touched((sql) => database.api.asNobody((tx) => tx.sql(sql)))).toEqual([]);
    expect(
      await touched((sql) => database.worker.asInbox(bobs.inboxId, (tx) => tx.sql(sql))),
    ).toEqual([]);
  });
});

describe.each(OF_THE_ORG)('%s', (table) => {
  test('is the whole org’s and nobody else’s', async () => {
    const seen = [
      await database.api.asOrg(ALICE.orgId, (tx) => tx.sql(count(table))),
      await database.api.asUser(BOB, (tx) => tx.sql(count(table))),
      await database.worker.asInbox(inbox.inboxId, (tx) => tx.sql(count(table))),
      await database.api.asUser(OTHER_ALICE, (tx) => tx.sql(count(table))),
      await database.api.asNobody((tx) => tx.sql(count(table))),
    ];
    expect(seen).toEqual([[{ n: 1 }], [{ n: 1 }], [{ n: 1 }], [{ n: 0 }], [{ n: 0 }]]);
  });
});

test('an OAuth state is its user’s; the worker has no access at all', async () => {
  const look = (tx: { sql: (text: string) => Promise<object[]> }) => tx.sql(count('oauth_states'));
  expect(await database.api.asUser(ALICE, look)).toEqual([{ n: 1 }]);
  expect(await database.api.asUser(BOB, look)).toEqual([{ n: 0 }]);
  await expect(database.worker.asNobody(look)).rejects.toMatchObject({ sqlState: '42501' });
});

test('rows for somebody else are refused', async () => {
  const insertInbox = `insert into inboxes (id, org_id, user_id, provider, status, epoch, scope,
    address_hash, window_start, connected_at)
    values ('${randomUUID()}', 'acme', 'alice', 'gmail', 'connected', 1, '{}', 'x', now(), now())`;
  const refused = { name: 'DatabaseError', sqlState: '42501' };
  await expect(database.api.asUser(BOB, (tx) => tx.sql(insertInbox))).rejects.toMatchObject(
    refused,
  );
  await expect(
    database.api.asUser(BOB, (tx) =>
      tx.sql("insert into workflow_commands (inbox_id, kind, epoch) values ($1, 'close', 1)", [
        inbox.inboxId,
      ]),
    ),
  ).rejects.toMatchObject(refused);
  await expect(
    database.worker.asInbox(bobs.inboxId, (tx) =>
      tx.sql(
        "insert into verdicts (inbox_id, provider_message_id, kind) values ($1, 'x', 'gone')",
        [inbox.inboxId],
      ),
    ),
  ).rejects.toMatchObject(refused);
  await expect(
    database.api.asOrg('globex', (tx) =>
      tx.sql("insert into contacts (org_id, id) values ('acme', 'intruder')"),
    ),
  ).rejects.toMatchObject(refused);
});

test('nobody can move their own row to somebody else', async () => {
  await expect(
    database.api.asUser(BOB, (tx) =>
      tx.sql("update inboxes set user_id = 'alice' where id = $1", [bobs.inboxId]),
    ),
  ).rejects.toMatchObject({ sqlState: '42501' });
});

test('the API cannot write mail', async () => {
  for (const table of ['messages', 'message_contacts', 'verdicts', 'backfill_ids']) {
    await expect(
      database.api.asUser(ALICE, (tx) => tx.sql(`delete from ${table}`)),
    ).rejects.toMatchObject({ sqlState: '42501' });
  }
});

test('raw SQL on a connection of the API’s, without any context, sees nothing', async () => {
  const client = new Client({ connectionString: database.apiUrl });
  await client.connect();
  try {
    for (const table of [...OWNED, ...OF_THE_ORG, 'oauth_states']) {
      expect((await client.query(count(table))).rows).toEqual([{ n: 0 }]);
    }
    // A pooled connection that served Alice does not remember her.
    await client.query('begin');
    await client.query("select set_config('app.org_id', 'acme', true)");
    await client.query("select set_config('app.user_id', 'alice', true)");
    expect((await client.query(count('messages'))).rows).toEqual([{ n: 1 }]);
    await client.query('commit');
    expect((await client.query(count('messages'))).rows).toEqual([{ n: 0 }]);
    await expect(client.query('set role postgres')).rejects.toThrow(/permission denied/);
  } finally {
    await client.end();
  }
});

test('I6 errors carry codes and names, no values', async () => {
  const secret = 'a-very-secret-subject';
  const error = await database.worker
    .asInbox(inbox.inboxId, (tx) =>
      tx.sql(
        `insert into verdicts (inbox_id, provider_message_id, kind, reason)
         values ($1, $2, 'nonsense', $2)`,
        [inbox.inboxId, secret],
      ),
    )
    .then(
      () => undefined,
      (e: unknown) => e,
    );
  expect(error).toBeInstanceOf(DatabaseError);
  expect(error).toMatchObject({ sqlState: '23514', constraint: 'verdicts_kind_check' });
  expect(
    JSON.stringify(Object.getOwnPropertyNames(error).map((key) => [key, (error as never)[key]])),
  ).not.toContain(secret);
});
