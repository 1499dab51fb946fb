import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Child, startChild } from '../../stack/child.ts';
import { freePorts } from '../../stack/ports.ts';
import { rolePasswordsOf } from '../../stack/role-passwords.ts';
import { unprivilegedUser } from '../../stack/unprivileged.ts';
import { filledIn, service } from '../support/compose.ts';
import { until } from '../support/until.ts';

/**
 * What docker-compose.yml and the Dockerfile say, done without an engine: the same files, the same
 * packages, the same commands and environment, as a plain user who may write to the key volume alone.
 */
const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const user = unprivilegedUser();

let directory: string;
let image: string;
let keys: string;
let settings: Record<string, string>;
const running: Child[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sambandh-image-'));
  await chmod(directory, 0o755);
  image = join(directory, 'app');
  keys = join(directory, 'keys');
  await buildImage();
  await mkdir(keys, { mode: 0o700 });
  if (user) await chown(keys, user.uid, user.gid);
  settings = await environment();
}, 120_000);
afterAll(async () => {
  await Promise.all(running.map((child) => child.kill()));
  await run('chmod', ['-R', 'u+w', directory]);
  await rm(directory, { recursive: true });
});

/** `COPY . .`, `npm ci --omit=dev --ignore-scripts`, and the `RUN` line. */
const buildImage = async (): Promise<void> => {
  const ignored = (await readFile(`${ROOT}.dockerignore`, 'utf8')).trim().split('\n');
  const { stdout } = await run('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT });
  const files = stdout
    .trim()
    .split('\n')
    .filter((file) => !ignored.some((one) => file === one || file.startsWith(`${one}/`)));
  const lock = JSON.parse(await readFile(`${ROOT}package-lock.json`, 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  const packages = Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path]) => path);
  const outermost = packages.filter((path) => !packages.includes(parentOf(path)));
  await copy([...files, ...outermost]);
  await cp(process.execPath, join(image, 'node'));
  await run(join(image, 'node'), ['worker/write-bundle.ts', join(image, 'workflow-bundle.js')], {
    cwd: image,
  });
  await run('chmod', ['-R', 'a-w', image]);
};

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/node_modules/'));

/** Optional packages of other platforms are in the lock file and not here. */
const copy = async (paths: readonly string[]): Promise<void> => {
  const list = join(directory, 'list');
  await writeFile(list, `${paths.join('\n')}\n`);
  await mkdir(image);
  await run('sh', [
    '-ec',
    'cd "$1"; while read -r path; do if [ -e "$path" ]; then echo "$path"; fi; done < "$2" | tar c -T - | tar x -C "$3"',
    ...['sh', ROOT, list, image],
  ]);
};

const randomKey = (): string => randomBytes(32).toString('base64');

/** Hosts of the compose network are the run's servers; ports are free ones. */
const environment = async (): Promise<Record<string, string>> => {
  const server = new URL(inject('postgresUrl'));
  const database = `compose_${process.pid}_${Date.now()}`;
  const admin = new Client({ connectionString: server.href });
  await admin.connect();
  await admin.query(`create database ${database}`);
  await admin.end();
  const { apiPassword, workerPassword } = rolePasswordsOf(server.href);
  const urlOf = (name: string, password: string): string => {
    const url = new URL(filledIn('migrate')[name] ?? '');
    expect(url.hostname).toBe('postgres');
    Object.assign(url, { host: server.host, pathname: `/${database}`, password });
    if (name === 'DATABASE_URL') Object.assign(url, { username: server.username });
    return url.href;
  };
  const [api, apiMetrics, worker, temporal] = (await freePorts(4)).map(String);
  return {
    DATABASE_URL: urlOf('DATABASE_URL', server.password),
    DATABASE_URL_API: urlOf('DATABASE_URL_API', apiPassword),
    DATABASE_URL_WORKER: urlOf('DATABASE_URL_WORKER', workerPassword),
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_TASK_QUEUE: database,
    MASTER_KEYS: `k1:${randomKey()}`,
    LOOKUP_KEY: randomKey(),
    PAYLOAD_KEYS: `p1:${randomKey()}`,
    INBOX_KEYS_DIR: keys,
    JWT_SECRET: 'a shared secret of thirty-two characters',
    API_PORT: api ?? '',
    API_METRICS_PORT: apiMetrics ?? '',
    WORKER_METRICS_PORT: worker ?? '',
    TEMPORAL_METRICS_PORT: temporal ?? '',
  };
};

/** The service's command with the service's own settings, and nothing of this process's. */
const start = async (name: 'migrate' | 'api' | 'worker'): Promise<Child> => {
  const own = filledIn(name);
  const known = Object.entries(settings).filter(([key]) => Object.hasOwn(own, key));
  const [, ...args] = service(name).command ?? [];
  const child = await startChild({
    ...{ name, command: join(image, 'node'), args, cwd: image },
    env: {
      ...own,
      ...Object.fromEntries(known),
      TEMPORAL_TASK_QUEUE: settings.TEMPORAL_TASK_QUEUE,
      NODE_ENV: 'production',
      WORKFLOW_BUNDLE: join(image, 'workflow-bundle.js'),
    },
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  running.push(child);
  return child;
};

/** The healthcheck's own command, as compose runs it in the container. */
const isHealthy = async (name: 'api' | 'worker'): Promise<boolean> => {
  const [, , ...args] = service(name).healthcheck?.test ?? [];
  const ports = { 8080: settings.API_PORT, 9465: settings.WORKER_METRICS_PORT };
  const here = args.map((arg) =>
    arg.replace(/:(8080|9465)\//, (_, port: '8080' | '9465') => `:${ports[port]}/`),
  );
  return await run(join(image, 'node'), here).then(
    () => true,
    () => false,
  );
};

const graceMs = (name: string): number =>
  Number.parseInt(service(name).stop_grace_period ?? '', 10) * 1_000;

describe('the containers', () => {
  it('migrate, become healthy and drain within their grace, on a file system they cannot write', async () => {
    const migration = await start('migrate');
    expect({ ...(await migration.exited), said: migration.tail() }).toMatchObject({ code: 0 });
    for (const name of ['api', 'worker'] as const) {
      const child = await start(name);
      await until(`${name} is healthy`, () => isHealthy(name), { seen: () => child.tail() });
      const stoppedAt = performance.now();
      process.kill(child.pid, 'SIGTERM');
      expect({ ...(await child.exited), said: child.tail() }).toMatchObject({ code: 0 });
      expect(performance.now() - stoppedAt).toBeLessThan(graceMs(name));
    }
  }, 120_000);

  it.skipIf(!user)('run as a user who may not change a file of the image', async () => {
    const write = `require('fs').appendFileSync('${join(image, 'package.json')}', ' ')`;
    const attempt = await startChild({
      ...{ name: 'write', command: join(image, 'node'), args: ['-e', write] },
      ...(user && { uid: user.uid, gid: user.gid }),
    });
    expect((await attempt.exited).code).toBe(1);
    expect(attempt.tail()).toContain('EACCES');
  });
});
