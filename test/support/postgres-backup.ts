import { execFile } from 'node:child_process';
import { chown, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';

const run = promisify(execFile);

/**
 * Copies the running cluster of `dataDir` into `target`, which `startPostgres` can open: a base backup,
 * with the WAL that makes it consistent.
 * @see https://www.postgresql.org/docs/current/continuous-archiving.html, low-level base backup
 */
export async function backUp(url: string, dataDir: string, target: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`select pg_backup_start('test', fast => true)`);
    await run('cp', ['-a', dirname(dataDir), target]);
    const { rows } = await client.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop(wait_for_archive => false)',
    );
    const data = join(target, 'data');
    // After the stop, so that the record which ends the backup is among them.
    await run('cp', ['-a', `${join(dataDir, 'pg_wal')}/.`, join(data, 'pg_wal')]);
    await writeFile(join(data, 'backup_label'), rows[0]?.labelfile ?? '', { mode: 0o600 });
    const { uid, gid } = await stat(data);
    await chown(join(data, 'backup_label'), uid, gid);
    await rm(join(data, 'postmaster.pid'), { force: true });
    await rm(join(target, 'owner.pid'), { force: true });
  } finally {
    await client.end();
  }
}
