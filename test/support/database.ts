import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { inject } from 'vitest';
import { Database } from '../../db/database.ts';
import { migrate, provisionRoles, type RoleUrls } from '../../db/migrate.ts';
import { rolePasswordsOf } from '../../stack/role-passwords.ts';

export interface TestDatabase extends RoleUrls, AsyncDisposable {
  /** The superuser's, whom row-level security does not bind. */
  ownerUrl: string;
  api: Database;
  worker: Database;
  /** How many wait in it for an advisory lock. */
  waiting(): Promise<number>;
  /** As the superuser, for looking behind the scenes. */
  sql<Row extends object>(text: string, params?: unknown[]): Promise<Row[]>;
}

/** The cluster is shared with other tests. */
const WAITING = `select from pg_locks l join pg_database d on d.oid = l.database
  where l.locktype = 'advisory' and not l.granted and d.datname = current_database()`;

const ONE_AT_A_TIME = 7_264_114;

/** A database of one's own with the current schema, gone on dispose. */
export const createTestDatabase = async (
  postgresUrl: string = inject('postgresUrl'),
): Promise<TestDatabase> => {
  const { name, ownerUrl } = await copyTemplate(postgresUrl);
  const { apiPassword, workerPassword } = rolePasswordsOf(postgresUrl);
  const apiUrl = asRole(ownerUrl, 'sambandh_api', apiPassword);
  const workerUrl = asRole(ownerUrl, 'sambandh_worker', workerPassword);
  const api = await Database.open({ url: apiUrl, applicationName: 'test api' });
  const worker = await Database.open({ url: workerUrl, applicationName: 'test worker' });
  const owner = new Client({ connectionString: ownerUrl });
  await owner.connect();
  return {
    ownerUrl,
    apiUrl,
    workerUrl,
    api,
    worker,
    waiting: async () => (await owner.query(WAITING)).rows.length,
    sql: async <Row extends object>(text: string, params: unknown[] = []) =>
      (await owner.query(text, params)).rows as Row[],
    [Symbol.asyncDispose]: async () => {
      await Promise.all([api[Symbol.asyncDispose](), worker[Symbol.asyncDispose](), owner.end()]);
      await withClient(postgresUrl, (client) =>
        client.query(`drop database if exists ${name} with (force)`),
      );
    },
  };
};

/** A database of one's own with the current schema, for its caller to drop or to leave. */
export const copyTemplate = async (
  postgresUrl: string,
): Promise<{ name: string; ownerUrl: string }> => {
  const template = await prepareTemplate(postgresUrl);
  const name = `test_${randomBytes(8).toString('hex')}`;
  await withClient(postgresUrl, (client) =>
    client.query(`create database ${name} template ${template}`),
  );
  return { name, ownerUrl: withDatabase(postgresUrl, name) };
};

/** Migrates once a cluster; every test database is a copy, which takes a fraction of the time. */
const prepareTemplate = (postgresUrl: string): Promise<string> =>
  withClient(postgresUrl, async (client) => {
    await client.query('select pg_advisory_lock($1)', [ONE_AT_A_TIME]);
    const template = `template_${schemaHash()}`;
    const known = await client.query('select from pg_database where datname = $1', [template]);
    if (known.rowCount) return template;
    const unfinished = `${template}_unfinished`;
    await client.query(`drop database if exists ${unfinished} with (force)`);
    await client.query(`create database ${unfinished}`);
    const url = withDatabase(postgresUrl, unfinished);
    await provisionRoles(url, rolePasswordsOf(postgresUrl));
    await migrate(url);
    await client.query(`alter database ${unfinished} rename to ${template}`);
    return template;
  });

/** A cluster that outlives the run must not serve yesterday's schema. */
const schemaHash = (): string => {
  const folder = fileURLToPath(new URL('../../db/migrations/', import.meta.url));
  const hash = createHash('sha256');
  for (const file of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
};

const withClient = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const withDatabase = (url: string, name: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
};

const asRole = (url: string, role: string, password: string): string => {
  const changed = new URL(url);
  changed.username = role;
  changed.password = password;
  return changed.href;
};
