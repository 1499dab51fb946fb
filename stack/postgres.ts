import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Child, ChildFailedError, startChild, waitUntilReady } from './child.ts';
import { freePort } from './ports.ts';
import { locatePostgres, type PostgresBinaries } from './postgres-binaries.ts';
import {
  type Cluster,
  openCluster,
  postgresEnv,
  releaseCluster,
  runAs,
} from './postgres-cluster.ts';
import { type UnixUser, unprivilegedUser } from './unprivileged.ts';

export interface PostgresOptions {
  /** Kept between runs. Left out: a temporary directory, gone after `stop()`. */
  dataDir?: string;
  /** False skips every flush to disk: for tests, where a power cut loses nothing of worth. */
  durable: boolean;
  /** More settings, e.g. `{ max_connections: '300' }`. */
  settings?: Readonly<Record<string, string>>;
  /** Receives each line that Postgres logs. */
  log?: (line: string) => void;
}

export interface RunningPostgres extends AsyncDisposable {
  /** For the superuser, whom row-level security does not bind: make roles for everything else. */
  readonly url: string;
  /** False when the environment names it: then `stop()` leaves it alone and faults cannot be played. */
  readonly ours: boolean;
  /** Absent when it is not ours. */
  readonly dataDir?: string;
  stop(): Promise<void>;
  /** Ends it and starts it again on the same port: connections break, data stays. */
  restart(): Promise<void>;
  /** SIGKILL, as a crash would; `restart()` brings it back. */
  kill(): Promise<void>;
}

const NEVER_FLUSH = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  timezone: 'UTC',
  // Statements and error details carry values, which have no place in a log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/**
 * Starts Postgres from the npm package: no Docker, no system service, no account made. It listens on
 * 127.0.0.1 only, with a random password, and ends with this process, however that ends.
 */
export const startPostgres = async (options: PostgresOptions): Promise<RunningPostgres> => {
  const user = unprivilegedUser();
  const binaries = await locatePostgres(user);
  const directory = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'sambandh-postgres-')));
  const removeDirectory = async () => {
    if (!options.dataDir) await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  const cluster = await openCluster({ directory, binaries, user, durable: options.durable }).catch(
    async (error) => {
      await removeDirectory();
      throw error;
    },
  );
  const close = async () => {
    await releaseCluster(cluster);
    await removeDirectory();
  };

  let port = await freePort();
  const launch = () => launchServer({ binaries, user, cluster, directory, port, options });
  const anotherPort = async () => {
    port = await freePort();
  };
  let server = await retryWhileBusy(launch, anotherPort).catch(async (error) => {
    await close();
    throw error;
  });
  const stop = async () => {
    await server.stop();
    await close();
  };
  return {
    url: urlOf(cluster, port),
    ours: true,
    dataDir: cluster.data,
    stop,
    restart: async () => {
      await server.stop();
      server = await retryWhileBusy(launch);
    },
    kill: async () => {
      await server.kill();
    },
    [Symbol.asyncDispose]: stop,
  };
};

interface Launch {
  binaries: PostgresBinaries;
  user: UnixUser | undefined;
  cluster: Cluster;
  directory: string;
  port: number;
  options: PostgresOptions;
}

const launchServer = async (launch: Launch): Promise<Child> => {
  const { binaries, user, cluster, directory, port, options } = launch;
  const settings = {
    ...SETTINGS,
    ...(options.durable ? {} : NEVER_FLUSH),
    ...options.settings,
    port: String(port),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = await startChild({
    name: 'Postgres',
    command: binaries.postgres,
    args: ['-D', cluster.data, ...flags],
    cwd: cluster.data,
    env: postgresEnv(),
    // SIGINT is Postgres's fast shutdown: sessions are ended, files are left clean.
    stopSignal: 'SIGINT',
    stopTimeoutMs: 30_000,
    ...runAs(user),
    ...(options.dataDir ? {} : { removeIfOrphaned: directory }),
    ...(options.log && { onLine: options.log }),
  });
  await waitUntilReady(child, () => accepts(urlOf(cluster, port)));
  return child;
};

/** The Postgres that the environment `variable` names, else our own. */
export const resolvePostgres = async (
  options: PostgresOptions,
  variable = 'DATABASE_URL',
): Promise<RunningPostgres> => {
  const url = process.env[variable];
  if (!url) return startPostgres(options);
  await assertReachable(url, variable);
  const refuse = async () => {
    throw new Error(`This Postgres is named by ${variable}: it is not ours to stop`);
  };
  const leave = async () => {};
  return {
    url,
    ours: false,
    stop: leave,
    restart: refuse,
    kill: refuse,
    [Symbol.asyncDispose]: leave,
  };
};

const urlOf = ({ password }: Cluster, port: number): string =>
  `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;

const accepts = async (connectionString: string): Promise<boolean> => {
  try {
    await connectOnce(connectionString);
    return true;
  } catch {
    return false;
  }
};

const connectOnce = async (connectionString: string): Promise<void> => {
  const client = new Client({ connectionString, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
  } finally {
    await client.end().catch(() => {});
  }
};

const assertReachable = async (url: string, variable: string): Promise<void> => {
  try {
    await connectOnce(url);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new Error(
      `${variable} is set, but Postgres cannot be reached there: ${reason}. Start it, correct ` +
        `${variable}, or unset it to have a private Postgres started for you.`,
      { cause },
    );
  }
};

/**
 * A free port may be taken before Postgres binds it; and after a SIGKILL of the postmaster its
 * sessions hold shared memory for some moments longer.
 */
const retryWhileBusy = async (
  launch: () => Promise<Child>,
  beforeRetry: () => Promise<void> = async () => {},
): Promise<Child> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await launch();
    } catch (error) {
      const busy = /Address already in use|shared memory block .* still in use/s;
      if (attempt === 20 || !(error instanceof ChildFailedError) || !busy.test(error.message)) {
        throw error;
      }
      await beforeRetry();
    }
  }
};
