import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeAudit } from '../../../db/audit-store.ts';
import { noteSeen } from '../../../db/backfill-seen-store.ts';
import { planBackfill } from '../../../db/backfill-slice-store.ts';
import { insertBackfill } from '../../../db/backfill-store.ts';
import type { User } from '../../../db/database.ts';
import { openGap } from '../../../db/gap-store.ts';
import { commitMessages } from '../../../db/message-store.ts';
import { putOauthState } from '../../../db/oauth-state-store.ts';
import { putSession } from '../../../db/session-store.ts';
import { shareThread } from '../../../db/share-store.ts';
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
  stored,
} from './fixtures.ts';

/** Not a user's data, and closed to the API: sums of units and slots by keyed hashes. */
const OF_NOBODY = ['mikro_orm_migrations', 'quota_slots', 'call_slots', 'call_tickets'];
/** What a teammate may see of Alice's, and why. */
const OF_THE_ORG = [
  ...['contact_books', 'contacts', 'contact_addresses'],
  // that a thread is shared; in this file, which shares one, so are its rows
  ...['thread_shares', 'messages', 'message_contacts', 'inbox_keys'],
];

let database: TestDatabase;
let tables: string[];
/** Only Alice has anything, so whatever another sees is hers. */
beforeAll(async () => {
  database = await createTestDatabase();
  await addContacts(database, ALICE.orgId, contact('c1', 'c1@example.com'));
  const former = await connect(database, ALICE, { mailbox: 'former' });
  await database.api.asUser(ALICE, (tx) => startDeletion(tx, former.inboxId));
  const inbox = await connect(database);
  await database.worker.asConnectedInbox(inbox, async (tx, row) => {
    await openGap(tx, { cause: 'downtime', from: NOON - 1000, to: NOON });
    const window = { windowFrom: NOON - 1000, windowTo: NOON };
    const n = await insertBackfill(tx, row.id, {
      kind: 'scope',
      ...window,
      seqAfter: 0,
      seqUpto: 1,
    });
    await planBackfill(tx, n, [
      { from: NOON - 1000, to: NOON, addressIds: [], headersFirst: false },
    ]);
    await noteSeen(tx, n, ['m1']);
    await commitMessages(tx, row, [stored('m1')]);
    await addTouches(tx, { calls: 1 });
  });
  await database.api.asUser(ALICE, async (tx) => {
    await putOauthState(tx, {
      stateHash: Buffer.from('state'),
      browserHash: Buffer.from('browser'),
      ...ALICE,
      provider: 'gmail',
      scope: { kind: 'contacts' },
      inboxId: null,
      secretCt: Buffer.from('secret'),
      returnTo: '/',
      expiresAt: Date.now() + 60_000,
    });
    await putSession(tx, {
      sessionHash: Buffer.from('session'),
      ...ALICE,
      roles: [],
      expiresAt: Date.now() + 60_000,
    });
    await writeAudit(tx, { act: 'session.opened' });
    await tx.sql(
      `insert into user_deletions (id, org_id, user_id, deletion_ids)
       values (gen_random_uuid(), 'acme', 'alice', '{}')`,
    );
    const [thread] = await tx.sql<{ id: string }>('select provider_thread_id as id from messages');
    await shareThread(tx, { inboxId: inbox.inboxId, providerThreadId: thread?.id ?? '' });
  });
  // Written by routes alone; their stores have tests of their own.
  await database.sql(
    `insert into pending_connections (id, org_id, user_id, provider, scope, browser_hash,
       admin_state_hash, secret_ct, return_to, expires_at)
     values (gen_random_uuid(), 'acme', 'alice', 'outlook', '{}', 'b', 'a', 's', '', now())`,
  );
  await database.sql(
    `with made as (
       insert into event_endpoints (id, org_id, user_id, types, content, state, target_ct,
         master_key_id)
       values (gen_random_uuid(), 'acme', 'alice', '{}', false, 'active', 't', 'k') returning id)
     insert into event_deliveries (endpoint_id, org_id, inbox_id, event_id, type, facts, state)
     select id, 'acme', $1, gen_random_uuid(), 't', '{}', 'pending' from made`,
    [inbox.inboxId],
  );
  await database.sql(
    `insert into outgoing_messages (id, inbox_id, idempotency_key, request_hash, state,
       rfc_message_id)
     values (gen_random_uuid(), $1, 'k', 'h', 'queued', 'm')`,
    [inbox.inboxId],
  );
  const rows = await database.sql<{ relname: string }>(
    `select relname from pg_class where relnamespace = 'public'::regnamespace
       and relkind in ('r', 'p', 'm', 'v') order by relname`,
  );
  tables = rows.map(({ relname }) => relname);
});
afterAll(() => database[Symbol.asyncDispose]());

const NOBODY: User = { orgId: '', userId: '' };

/** Raw SQL as the API's role; `null` where the role has no right to it at all. */
const asApi = async ({ orgId, userId, roles = [] }: User, text: string): Promise<number | null> => {
  const client = new Client({ connectionString: database.apiUrl });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(
      `select set_config('app.org_id', $1, true), set_config('app.user_id', $2, true),
         set_config('app.roles', $3, true)`,
      [orgId, userId, roles.join()],
    );
    return (await client.query(text)).rowCount;
  } catch (error) {
    expect((error as { code?: string }).code).toBe('42501');
    return null;
  } finally {
    await client.query('rollback').catch(() => {});
    await client.end();
  }
};

const personal = () => tables.filter((table) => !OF_NOBODY.includes(table));

/** Whatever each may see of what is Alice's alone. */
const leaks = async (): Promise<string[]> => {
  const found: string[] = [];
  for (const table of personal()) {
    for (const user of [BOB, OTHER_ALICE, NOBODY]) {
      if (user === BOB && OF_THE_ORG.includes(table)) continue;
      const seen = await asApi(user, `select * from ${table}`);
      if (seen) found.push(`${table}: ${user.orgId}/${user.userId} sees ${seen}`);
    }
  }
  return found;
};

describe('I5 raw SQL as the role of the API', () => {
  test('is tried on every table of the catalogue, each with a row of Alice’s', async () => {
    for (const table of personal()) {
      const [row] = await database.sql<{ n: number }>(`select count(*)::int as n from ${table}`);
      // A new table: give Alice a row of it above, or say why it is nobody's.
      expect([table, (row?.n ?? 0) > 0]).toEqual([table, true]);
      // The definer's tables are asked by functions alone; all others show Alice her own.
      const own = await asApi({ ...ALICE, roles: ['admin'] }, `select * from ${table}`);
      expect([table, own === null || own > 0]).toEqual([table, true]);
    }
  });

  test('shows nothing of Alice’s to a teammate, a namesake in another org and nobody', async () => {
    expect(await leaks()).toEqual([]);
  });

  test('has no right to what is nobody’s', async () => {
    for (const table of OF_NOBODY.filter((name) => tables.includes(name))) {
      expect([table, await asApi(ALICE, `select * from ${table}`)]).toEqual([table, null]);
    }
  });

  test('changes, removes and empties nothing of Alice’s', async () => {
    for (const table of personal()) {
      const [column] = await database.sql<{ name: string }>(
        `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0
           and not attisdropped and attidentity = '' order by attnum desc limit 1`,
        [table],
      );
      const touch = `update ${table} set ${column?.name} = ${column?.name}`;
      for (const user of [BOB, OTHER_ALICE, NOBODY]) {
        const mayChange =
          user === BOB && ['contact_books', 'contacts', 'contact_addresses'].includes(table);
        if (!mayChange) {
          expect([table, user, (await asApi(user, touch)) ?? 0]).toEqual([table, user, 0]);
          const removed = await asApi(user, `delete from ${table}`);
          expect([table, user, removed ?? 0]).toEqual([table, user, 0]);
        }
        expect([table, await asApi(user, `truncate ${table} cascade`)]).toEqual([table, null]);
      }
    }
  });

  test('finds it when a table is left open', async () => {
    await database.sql('alter table verdicts disable row level security');
    try {
      expect((await leaks()).join()).toContain('verdicts: acme/bob sees 1');
    } finally {
      await database.sql('alter table verdicts enable row level security');
    }
  });
});
