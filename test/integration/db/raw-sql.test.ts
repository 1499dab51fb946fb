import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { User } from '../../../db/database.ts';
import { commitMessages, type DecidedMessage } from '../../../db/message-store.ts';
import { shareThread } from '../../../db/share-store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { seedEverything } from './everything.ts';
import { ALICE, BOB, connect, OTHER_ALICE, stored } from './fixtures.ts';

/** Not a user's data, and closed to the API: sums of units and slots by keyed hashes. */
const OF_NOBODY = ['mikro_orm_migrations', 'quota_slots', 'call_slots', 'call_tickets'];
/** What a teammate may see of Alice's as their own. */
const OF_THE_ORG = ['contact_books', 'contacts', 'contact_addresses'];
/** How many rows of one shared thread, of one message, a teammate may see beside those that are not shared. */
const OF_A_SHARED_THREAD: Record<string, number> = {
  ...{ thread_shares: 1, messages: 1, message_contacts: 1, inbox_keys: 1 },
};

let database: TestDatabase;
let tables: string[];
/** Only Alice has anything, so whatever another sees is hers. */
beforeAll(async () => {
  database = await createTestDatabase();
  const { inbox, message } = await seedEverything(database);
  const { providerThreadId } = message;
  const unshared = await connect(database, ALICE, { mailbox: 'unshared' });
  await database.worker.asConnectedInbox(unshared, (tx, row) =>
    // In a thread of the same name, as each mailbox names its own.
    commitMessages(tx, row, [stored('in the other inbox')]),
  );
  const elsewhere = stored('in another thread');
  const other = { ...elsewhere.message, providerThreadId: 'not shared' };
  await database.worker.asConnectedInbox(inbox, (tx, row) =>
    commitMessages(tx, row, [{ ...elsewhere, message: other } as DecidedMessage]),
  );
  await database.api.asUser(ALICE, (tx) =>
    shareThread(tx, { inboxId: inbox.inboxId, providerThreadId }),
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
      const seen = (await asApi(user, `select * from ${table}`)) ?? 0;
      const shared = (user === BOB && OF_A_SHARED_THREAD[table]) || 0;
      if (seen !== shared) found.push(`${table}: ${user.orgId}/${user.userId} sees ${seen}`);
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

  test('B6 shows of Alice’s a shared thread to a teammate, and else nothing to anybody', async () => {
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
        const mayChange = user === BOB && OF_THE_ORG.includes(table);
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
    const open = ['verdicts', 'messages', 'message_contacts', 'inbox_keys'];
    for (const table of open) await database.sql(`alter table ${table} disable row level security`);
    try {
      const found = (await leaks()).join();
      for (const table of open) expect(found).toMatch(new RegExp(`${table}: acme/bob sees [23]`));
    } finally {
      for (const table of open)
        await database.sql(`alter table ${table} enable row level security`);
    }
  });
});
