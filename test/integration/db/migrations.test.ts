import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Database } from '../../../db/database.ts';
import { migrate, provisionRoles } from '../../../db/migrate.ts';
import { initOrm } from '../../../db/orm.ts';
import { rolePasswordsOf } from '../../../stack/role-passwords.ts';
import { until } from '../../support/until.ts';

const name = `migrated_${randomBytes(6).toString('hex')}`;
const url = new URL(inject('postgresUrl'));
url.pathname = `/${name}`;

const withClient = async <T>(to: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: to });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

let apiUrl: string;

beforeAll(async () => {
  await withClient(inject('postgresUrl'), (admin) => admin.query(`create database ${name}`));
  ({ apiUrl } = await provisionRoles(url.href, rolePasswordsOf(url.href)));
  const first = await initOrm({ url: url.href, poolMax: 2 });
  await first.migrator.up({ to: '2026-11-22-initial' });
  await first.close();
});
afterAll(() =>
  withClient(inject('postgresUrl'), (admin) => admin.query(`drop database ${name} with (force)`)),
);

describe('migrations beside the old version', () => {
  it('give way to a transaction that holds a table, and everybody else goes on', async () => {
    await withClient(apiUrl, async (holder) => {
      await holder.query('begin');
      await holder.query('select from inboxes');
      const migrated = migrate(url.href);
      migrated.catch(() => {});
      await withClient(url.href, async (watcher) => {
        const waits = async (): Promise<boolean> => {
          const { rowCount } = await watcher.query(
            `select from pg_stat_activity where datname = $1
               and application_name = 'sambandh migrate' and wait_event_type = 'Lock'`,
            [name],
          );
          return rowCount === 1;
        };
        await until('the migration waits', waits);
        // In line behind it, as every statement of the old version: answered although nothing ends.
        await withClient(apiUrl, (old) => old.query('select from inboxes'));
        await until('it has given way', async () => !(await waits()));
      });
      await holder.query('commit');
      expect((await migrated).length).toBeGreaterThan(1);
    });
    await withClient(apiUrl, (old) => old.query('select from inboxes'));
    expect(await migrate(url.href)).toEqual([]);
  }, 60_000);
});

describe('a database that is closed', () => {
  it('has no connection left: the process that drains may end', async () => {
    const database = await Database.open({ url: apiUrl, applicationName: name });
    await Promise.all([1, 2, 3].map(() => database.statement('select pg_sleep(0.05)', [])));
    await database[Symbol.asyncDispose]();
    await withClient(url.href, async (watcher) => {
      const ask = 'select from pg_stat_activity where application_name = $1';
      // Postgres ends a session a moment after its client has gone.
      await until('no session', async () => (await watcher.query(ask, [name])).rowCount === 0, {
        timeoutMs: 5_000,
      });
    });
  });
});
