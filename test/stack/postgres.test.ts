import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, expect, test, vi } from 'vitest';
import { resolvePostgres, startPostgres } from '../../stack/postgres.ts';
import { isRunning, spawnParent } from './helpers/parent.ts';
import { createScratch } from './helpers/scratch.ts';

afterEach(() => vi.unstubAllEnvs());

const query = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

/** Process id of the postmaster, from its own file. */
const postmaster = async (dataDir: string): Promise<number> =>
  Number((await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[0]);

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

test('starts with UTF-8 and leaves neither process nor file behind', async () => {
  const postgres = await startPostgres({ durable: false });
  const { dataDir = '' } = postgres;
  const pid = await postmaster(dataDir);
  expect(await query(postgres.url, 'show server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
  expect(await query(postgres.url, "select upper('é') as upper")).toEqual([{ upper: 'É' }]);
  await postgres.stop();
  expect(isRunning(pid)).toBe(false);
  expect(await exists(dataDir)).toBe(false);
});

test('wants its password, even from this machine', async () => {
  await using postgres = await startPostgres({ durable: false });
  const wrong = new URL(postgres.url);
  wrong.password = 'guess';
  await expect(query(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
});

test('keeps data and address over a crash and a restart', async () => {
  await using postgres = await startPostgres({ durable: true });
  await query(postgres.url, 'create table kept as select 42 as answer');
  await postgres.kill();
  await expect(query(postgres.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  await postgres.restart();
  expect(await query(postgres.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('opens a kept directory again, with the same password', async () => {
  await using scratch = await createScratch();
  const dataDir = join(scratch.path, 'cluster');
  const first = await startPostgres({ durable: false, dataDir });
  await query(first.url, 'create table kept as select 42 as answer');
  await first.stop();
  expect((await stat(join(dataDir, 'superuser-password'))).mode & 0o777).toBe(0o600);

  await using second = await startPostgres({ durable: false, dataDir });
  expect(new URL(second.url).password).toBe(new URL(first.url).password);
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('refuses a directory that another process uses', async () => {
  await using scratch = await createScratch();
  const dataDir = join(scratch.path, 'cluster');
  const parent = await spawnParent(`
    const { startPostgres } = await import(stack + 'postgres.ts');
    const { url } = await startPostgres({ durable: false, dataDir: ${JSON.stringify(dataDir)} });
    console.log(url);
  `);
  await expect(startPostgres({ durable: false, dataDir })).rejects.toThrow(
    `in use by process ${parent.pid}`,
  );
  await expect(startPostgres({ durable: false, dataDir })).rejects.toThrow('in use');
  const pid = await postmaster(join(dataDir, 'data'));
  await parent.kill();
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 15_000 });
});

test('takes over a directory whose Postgres nobody owns any more', async () => {
  await using scratch = await createScratch();
  const dataDir = join(scratch.path, 'cluster');
  const orphan = await startPostgres({ durable: false, dataDir });
  await query(orphan.url, 'create table kept as select 42 as answer');
  // As after SIGKILL of owner and watchdog both: the server runs, its owner's file names nobody.
  await writeFile(join(dataDir, 'owner.pid'), '');
  const parent = await spawnParent(`
    const { startPostgres } = await import(stack + 'postgres.ts');
    const { url } = await startPostgres({ durable: false, dataDir: ${JSON.stringify(dataDir)} });
    console.log(url);
  `);
  expect(await query(parent.line, 'select answer from kept')).toEqual([{ answer: 42 }]);
  await expect(query(orphan.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  const pid = await postmaster(join(dataDir, 'data'));
  await parent.kill();
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 15_000 });
  await orphan.stop();
});

test('ends, and removes its files, when its parent is killed with SIGKILL', async () => {
  const parent = await spawnParent(`
    const { startPostgres } = await import(stack + 'postgres.ts');
    console.log((await startPostgres({ durable: false })).dataDir);
  `);
  const pid = await postmaster(parent.line);
  await parent.kill();
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 15_000 });
  await vi.waitFor(async () => expect(await exists(parent.line)).toBe(false), { timeout: 15_000 });
});

test('starts over a postmaster.pid whose number is another program by now', async () => {
  await using scratch = await createScratch();
  const dataDir = join(scratch.path, 'cluster');
  const first = await startPostgres({ durable: false, dataDir });
  await first.kill();
  await first.stop();
  const pidFile = join(dataDir, 'data', 'postmaster.pid');
  const lines = (await readFile(pidFile, 'utf8')).split('\n');
  // This very process runs, and is no Postgres.
  await writeFile(pidFile, [String(process.pid), ...lines.slice(1)].join('\n'));
  await using second = await startPostgres({ durable: false, dataDir });
  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('uses the Postgres of DATABASE_URL and leaves it running', async () => {
  await using postgres = await startPostgres({ durable: false });
  vi.stubEnv('DATABASE_URL', postgres.url);
  const resolved = await resolvePostgres({ durable: false });
  expect(resolved).toMatchObject({ url: postgres.url, ours: false });
  await expect(resolved.kill()).rejects.toThrow('not ours to stop');
  await resolved.stop();
  expect(await query(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('says what to do when nothing answers at DATABASE_URL', async () => {
  vi.stubEnv('DATABASE_URL', 'postgresql://nobody@127.0.0.1:1/none');
  await expect(resolvePostgres({ durable: false })).rejects.toThrow(
    /DATABASE_URL is set, but Postgres cannot be reached there: .*unset it/,
  );
});
