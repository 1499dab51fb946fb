import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignJWT } from 'jose';
import { Client } from 'pg';
import { migrate, provisionRoles } from '../db/migrate.ts';
import { createControl } from '../emulator/control-client.ts';
import type { EmulatorControl } from '../emulator/index.ts';
import { type Child, httpProbe, startChild, waitUntilReady } from './child.ts';
import { freePort, portAnswers } from './ports.ts';
import { rolePasswordsOf } from './role-passwords.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const PUBSUB = {
  topic: 'projects/sambandh-emulator/topics/gmail',
  name: 'projects/sambandh-emulator/subscriptions/sambandh',
  serviceAccountEmail: 'push@sambandh-emulator.iam.gserviceaccount.com',
} as const;

/** What the emulator knows us by; its default client. */
const CLIENT = {
  id: 'emulator-client.apps.googleusercontent.com',
  secret: 'emulator-secret',
} as const;

/** The Microsoft app that the emulator knows us by; its default one. */
const APP = { id: '3f0c2b1e-6a4d-4d0e-9a3b-5a6b1c0de001', secret: 'emulator-secret' } as const;

export interface ProductOptions {
  /** Superuser or owner of a server where a database of our own may be made. */
  postgresUrl: string;
  /** Owner of a database there that has the schema already; default: a new one. */
  databaseUrl?: string;
  temporalAddress: string;
  smtpUrl?: string;
  /** Preferred port of the API; a free one when it is taken or left out. */
  apiPort?: number;
  emulatorPort?: number;
  /** Laid over the environment of API and worker. */
  env?: Readonly<Record<string, string>>;
  /** Receives each line that a process logs. */
  log?: (process: string, line: string) => void;
}

export interface Person {
  orgId: string;
  userId: string;
  email: string;
  /** Of the token; default `member`. */
  roles?: string[];
}

/** Emulator, API and worker as the processes they are in production, wired to each other. */
export interface Product extends AsyncDisposable {
  readonly apiUrl: string;
  readonly emulatorUrl: string;
  readonly emulator: EmulatorControl;
  /** Owner of the product's database. */
  readonly databaseUrl: string;
  readonly env: Readonly<Record<string, string>>;
  readonly api: Child;
  readonly worker: Child;
  /** A bearer token, as the CRM would make one. */
  tokenFor(person: Person): Promise<string>;
  /** For fault tests: another worker process on the same queue. */
  startWorker(): Promise<Child>;
  stop(): Promise<void>;
}

/** A worker ends within its own grace time; see worker/run-worker.ts. */
const STOP_TIMEOUT_MS = 30_000;

/** Starts the three processes and what they need in Postgres: a database, roles, the schema. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  await using starting = new AsyncDisposableStack();
  const emulatorUrl = await startEmulatorProcess(options, starting);
  const databaseUrl = options.databaseUrl ?? (await createDatabase(options.postgresUrl));
  const port = await choosePort(options.apiPort);
  const apiUrl = `http://127.0.0.1:${port}`;
  const jwtSecret = randomBytes(32).toString('base64');
  const env = {
    ...(await databaseEnv(databaseUrl)),
    ...googleEnv(emulatorUrl, apiUrl),
    ...microsoftEnv(emulatorUrl, apiUrl),
    TEMPORAL_ADDRESS: options.temporalAddress,
    // On a cluster that others use, their workers must not take our tasks.
    TEMPORAL_TASK_QUEUE: `sambandh-${randomBytes(4).toString('hex')}`,
    PUBLIC_URL: apiUrl,
    API_PORT: String(port),
    JWT_SECRET: jwtSecret,
    INBOX_KEYS_DIR: await createKeyDirectory(starting),
    MASTER_KEYS: `demo:${randomBytes(32).toString('base64')}`,
    LOOKUP_KEY: randomBytes(32).toString('base64'),
    PAYLOAD_KEYS: `demo:${randomBytes(32).toString('base64')}`,
    ...(options.smtpUrl && { SMTP_URL: options.smtpUrl }),
    ...options.env,
  };
  const emulator = createControl(emulatorUrl);
  await emulator.addSubscription({
    ...PUBSUB,
    endpoint: `${apiUrl}/webhooks/gmail`,
    audience: env.GMAIL_PUSH_AUDIENCE,
  });
  // The worker drains longest, so the keys go with it should we be killed.
  const removal = { removeIfOrphaned: env.INBOX_KEYS_DIR };
  const startWorker = (): Promise<Child> =>
    startProcess(options, { name: 'worker', args: ['worker/main.ts'], env, ...removal });
  const [api, worker] = await Promise.all([
    startProcess(options, { name: 'api', args: ['api/main.ts'], env }),
    startWorker(),
  ]);
  starting.use(api);
  starting.use(worker);
  await waitUntilReady(api, httpProbe(`${apiUrl}/readyz`));
  const running = starting.move();
  const stop = (): Promise<void> => running.disposeAsync();
  return {
    apiUrl,
    emulatorUrl,
    emulator,
    databaseUrl,
    env,
    api,
    worker,
    startWorker,
    tokenFor: (person) => signToken(jwtSecret, person),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface ProcessSpec {
  name: string;
  /** With its arguments. */
  args: string[];
  env?: Record<string, string>;
  removeIfOrphaned?: string;
}

function startProcess(
  { log }: ProductOptions,
  { name, env, ...spec }: ProcessSpec,
): Promise<Child> {
  return startChild({
    ...spec,
    name,
    command: process.execPath,
    cwd: ROOT,
    env: { ...process.env, ...env },
    stopTimeoutMs: STOP_TIMEOUT_MS,
    onLine: (line) => log?.(name, line),
  });
}

async function startEmulatorProcess(
  options: ProductOptions,
  starting: AsyncDisposableStack,
): Promise<string> {
  const port = await choosePort(options.emulatorPort);
  const args = ['emulator/main.ts', '--port', String(port)];
  const child = await startProcess(options, { name: 'emulator', args });
  starting.use(child);
  const url = `http://127.0.0.1:${port}`;
  await waitUntilReady(child, httpProbe(`${url}/oauth2/v3/certs`));
  return url;
}

const choosePort = async (preferred: number | undefined): Promise<number> =>
  preferred === undefined || (await portAnswers(preferred)) ? await freePort() : preferred;

/** As short-lived as the database; mkdtemp closes it to other users. */
async function createKeyDirectory(starting: AsyncDisposableStack): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sambandh-keys-'));
  starting.defer(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A database of our own with the schema, so that a server given by DATABASE_URL keeps what it has. */
async function createDatabase(serverUrl: string): Promise<string> {
  const name = `sambandh_${randomBytes(6).toString('hex')}`;
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await provisionRoles(url.href, rolePasswordsOf(url.href));
  await migrate(url.href);
  return url.href;
}

async function databaseEnv(databaseUrl: string): Promise<Record<string, string>> {
  const { apiUrl, workerUrl } = await provisionRoles(databaseUrl, rolePasswordsOf(databaseUrl));
  return { DATABASE_URL_API: apiUrl, DATABASE_URL_WORKER: workerUrl };
}

const googleEnv = (emulatorUrl: string, apiUrl: string) => ({
  GOOGLE_AUTHORIZE_URL: `${emulatorUrl}/o/oauth2/v2/auth`,
  GOOGLE_TOKEN_URL: `${emulatorUrl}/token`,
  GOOGLE_REVOKE_URL: `${emulatorUrl}/revoke`,
  GOOGLE_CERTS_URL: `${emulatorUrl}/oauth2/v3/certs`,
  GMAIL_API_ROOT: emulatorUrl,
  GOOGLE_CLIENT_ID: CLIENT.id,
  GOOGLE_CLIENT_SECRET: CLIENT.secret,
  GMAIL_PUBSUB_TOPIC: PUBSUB.topic,
  GMAIL_PUSH_AUDIENCE: `${apiUrl}/webhooks/gmail`,
  GMAIL_PUSH_SERVICE_ACCOUNT: PUBSUB.serviceAccountEmail,
});

const microsoftEnv = (emulatorUrl: string, apiUrl: string) => ({
  MICROSOFT_LOGIN_ROOT: emulatorUrl,
  GRAPH_API_ROOT: emulatorUrl,
  MICROSOFT_CLIENT_ID: APP.id,
  MICROSOFT_CLIENT_SECRET: APP.secret,
  GRAPH_PUSH_URL: apiUrl,
});

const signToken = (secret: string, person: Person): Promise<string> =>
  new SignJWT({ org: person.orgId, email: person.email, roles: person.roles ?? ['member'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(person.userId)
    .setIssuedAt()
    .setExpirationTime('12h')
    .sign(new TextEncoder().encode(secret));
