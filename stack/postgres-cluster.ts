import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { portAnswers } from './ports.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { firstClosedDirectory, type UnixUser } from './unprivileged.ts';

/** A directory with everything of one cluster. */
export interface Cluster {
  /** Postgres's own directory (PGDATA). */
  data: string;
  /** Password of the superuser `postgres`. */
  password: string;
}

const run = promisify(execFile);

/** PGDATA, the password and the owner's process id live side by side in `directory`. */
const pathsIn = (directory: string) => ({
  data: join(directory, 'data'),
  password: join(directory, 'superuser-password'),
  owner: join(directory, 'owner.pid'),
});

export interface ClusterOptions {
  directory: string;
  binaries: PostgresBinaries;
  user: UnixUser | undefined;
  /** Whether files must survive a power cut. */
  durable: boolean;
}

/**
 * Opens the cluster in `directory`, which is created first when it is missing.
 * @throws Error in use by another process, closed to `user`, or made by another Postgres version
 */
export const openCluster = async (options: ClusterOptions): Promise<Cluster> => {
  const directory = resolve(options.directory);
  const { data, password, owner } = pathsIn(directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await assertReachable(directory, options.user);
  await claim(owner, directory);
  try {
    if (options.user) await chown(directory, options.user.uid, options.user.gid);
    if (await exists(join(data, 'PG_VERSION'))) {
      await assertSameVersion(data, options.binaries);
      await endOrphan(data, options);
    } else {
      await initialise(directory, options);
    }
    return { data, password: (await readFile(password, 'utf8')).trim() };
  } catch (error) {
    await release(directory);
    throw error;
  }
};

/** Gives up the claim that `openCluster` made. */
export const releaseCluster = (cluster: Cluster): Promise<void> => release(dirname(cluster.data));

const release = async (directory: string): Promise<void> => {
  opened.delete(directory);
  await unlink(pathsIn(directory).owner).catch(() => {});
};

const initialise = async (directory: string, options: ClusterOptions): Promise<void> => {
  const { data, password } = pathsIn(directory);
  const { user, binaries, durable } = options;
  const unfinished = `${data}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(password, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  if (user) await chown(password, user.uid, user.gid);
  const flags = [
    `--pgdata=${unfinished}`,
    '--username=postgres',
    `--pwfile=${password}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Without these the cluster follows LANG, and under LANG=C it becomes SQL_ASCII.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ];
  try {
    await run(binaries.initdb, flags, { cwd: directory, env: postgresEnv(), ...runAs(user) });
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim();
    throw new Error(`Postgres could not create its files in ${directory}: ${said || cause}`, {
      cause,
    });
  }
  // Renamed into place when complete, so that an interrupted initdb is never taken for a cluster.
  await rename(unfinished, data);
};

/**
 * After SIGKILL of everything, postmaster.pid stays behind. Either its Postgres still runs, without
 * anyone who would stop it, or its process id is free, or it is another program's by now, in which
 * case Postgres would refuse to start for ever. Its port tells which.
 */
const endOrphan = async (data: string, { binaries, user }: ClusterOptions): Promise<void> => {
  const pidFile = join(data, 'postmaster.pid');
  const port = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[3]);
  if (!(port > 0)) return;
  if (await portAnswers(port)) {
    const args = ['-D', data, '-m', 'fast', '-s', '-t', '30', 'stop'];
    // Fails when that port was another program's: then the file is stale after all.
    await run(binaries.pgCtl, args, { env: postgresEnv(), ...runAs(user) }).catch(() => {});
  }
  await rm(pidFile, { force: true });
};

/** Directories that this process has open. Its id in an owner file alone could be an older run's. */
const opened = new Set<string>();

const claim = async (owner: string, directory: string): Promise<void> => {
  const pid = Number(await readFile(owner, 'utf8').catch(() => ''));
  const inUse = pid === process.pid ? opened.has(directory) : pid > 0 && isAlive(pid);
  if (inUse) {
    throw new Error(
      `The database in ${directory} is in use by process ${pid}. Stop that first. If ${pid} is ` +
        `another program, remove ${owner}.`,
    );
  }
  await writeFile(owner, `${process.pid}\n`);
  opened.add(directory);
};

const assertReachable = async (directory: string, user: UnixUser | undefined): Promise<void> => {
  // The last directory becomes the user's own; those above must let it pass.
  const closed = user && (await firstClosedDirectory(join(directory, '..'), user));
  if (!user || closed === undefined) return;
  throw new Error(
    `You are root, so Postgres runs as "${user.name}", which may not enter ${closed}. Choose a ` +
      'data directory that all may reach (for example below /var/tmp), or run as an ordinary user.',
  );
};

const assertSameVersion = async (data: string, { initdb }: PostgresBinaries): Promise<void> => {
  const made = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim();
  const { stdout } = await run(initdb, ['--version'], { env: postgresEnv() });
  const ours = /(\d+)\./.exec(stdout)?.[1];
  if (ours === made) return;
  throw new Error(
    `The database in ${data} was made by Postgres ${made}; this is Postgres ${ours}. Remove it to ` +
      'start anew, or keep it and choose another data directory.',
  );
};

/** Nothing of ours leaks in: PGPORT, PGDATA or a half-supported LANG change what Postgres does. */
export const postgresEnv = (): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
});

export const runAs = (user: UnixUser | undefined): { uid?: number; gid?: number } =>
  user ? { uid: user.uid, gid: user.gid } : {};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined)) !== undefined;
