import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrate, provisionRoles } from '../../../db/migrate.ts';
import { initOrm } from '../../../db/orm.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

test('entities and migrations describe the same tables', async () => {
  const orm = await initOrm({ url: database.ownerUrl });
  try {
    // Policies, functions, triggers and grants are the migrations' alone (see orm.ts).
    expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
  } finally {
    await orm.close();
  }
});

test('a database that is up to date is left alone, by several at once too', async () => {
  const runs = await Promise.all([1, 2, 3].map(() => migrate(database.ownerUrl)));
  expect(runs).toEqual([[], [], []]);
});

test('every table has forced row-level security, but for the quota', async () => {
  const rows = await database.sql<{ relname: string }>(
    `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
       and not (relrowsecurity and relforcerowsecurity) order by relname`,
  );
  expect(rows.map(({ relname }) => relname)).toEqual([
    'call_tickets',
    'mikro_orm_migrations',
    'quota_slots',
  ]);
});

test('the application roles are bound and own nothing', async () => {
  const roles = await database.sql(
    `select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcanlogin from pg_roles
     where rolname like 'sambandh%' order by rolname`,
  );
  const plain = { rolsuper: false, rolbypassrls: false, rolcreaterole: false, rolcanlogin: true };
  expect(roles).toEqual([
    { rolname: 'sambandh_api', ...plain },
    { rolname: 'sambandh_ops', ...plain, rolcanlogin: false },
    { rolname: 'sambandh_worker', ...plain },
  ]);
  const owned = await database.sql(
    "select from pg_class where pg_get_userbyid(relowner) like 'sambandh%'",
  );
  expect(owned).toHaveLength(0);
});

test('functions that run as their owner are callable by the roles that need them only', async () => {
  const rows = await database.sql<{ name: string; api: boolean; worker: boolean }>(
    `select proname as name, has_function_privilege('sambandh_api', oid, 'execute') as api,
       has_function_privilege('sambandh_worker', oid, 'execute') as worker
     from pg_proc where pronamespace = 'public'::regnamespace and prosecdef order by proname`,
  );
  expect(rows.map(({ name, api, worker }) => [name, api, worker])).toEqual([
    ['due_copies', true, false],
    ['due_endpoints', true, false],
    ['due_sends', true, false],
    ['end_call', false, true],
    ['hold_calls', false, true],
    ['inbox_of_watch', true, false],
    ['inboxes_for_push', true, false],
    ['inboxes_to_rewrap', false, true],
    ['keys_in_use', false, true],
    ['master_keys_in_use', false, true],
    ['note_admin_consent', true, false],
    ['open_workflow_commands', true, true],
    ['org_of_endpoint', false, true],
    ['orgs_to_reseal', false, true],
    ['pending_connection_of', true, false],
    ['reconcile_inboxes', false, true],
    ['record_events', true, true],
    ['request_checks', false, true],
    ['request_checks', false, true],
    ['reserve_quota', true, true],
    ['session_of', true, false],
    ['shared_inbox', true, false],
    ['take_call_slots', false, true],
    ['take_oauth_state', true, false],
    ['wake_inboxes_of_org', true, false],
    ['workflow_command_done', true, true],
  ]);
});

test('an owner without CREATEROLE learns which SQL an admin must run', async () => {
  const passwords = { apiPassword: 'another-password', workerPassword: 'another-password' };
  await expect(provisionRoles(database.apiUrl, passwords)).rejects.toThrow(
    /Have an admin .* run.*create role sambandh_api login nosuperuser nobypassrls/s,
  );
});
