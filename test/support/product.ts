import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { Pool } from 'pg';
import { inject, vi } from 'vitest';
import { createDataConverter, parsePayloadKeys } from '../../codec/data-converter.ts';
import type { EmulatorControl } from '../../emulator/index.ts';
import { type AccessEntry, type AccessFilter, isPush } from '../../emulator/shared/access-log.ts';
import { type Child, httpProbe, startChild, waitUntilReady } from '../../stack/child.ts';
import { type Product, startProduct } from '../../stack/product.ts';
import { type SmtpCatcher, startSmtpCatcher } from '../../stack/smtp-catcher.ts';
import { copyTemplate } from './database.ts';
import type { MailProviderName } from './mailbox.ts';
import { Person } from './person.ts';
import { until } from './until.ts';

export { type MailProviderName, PROVIDERS } from './mailbox.ts';
export { type ConnectOptions, Person } from './person.ts';
export { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

// Three processes start in a hook, on a machine that may be busy.
vi.setConfig({ hookTimeout: 120_000 });

/** No waiting where a test waits for the outcome; the quota has benches and tests of its own. */
const QUICK = {
  GMAIL_UNITS_PER_MINUTE: '0',
  GMAIL_PROJECT_UNITS_PER_MINUTE: '0',
  GRAPH_REQUESTS_PER_WINDOW: '0',
  RATE_LIMIT_PER_MINUTE: '1000000',
  WAKE_COALESCE_MS: '50',
  // A gap closes with the recheck.
  SEARCH_LAG_RECHECK_MS: '1000',
  POLL_INTERVAL_MS: '1000',
  // Each look costs 100 ms of processor time, and a file connects dozens of inboxes: mail comes by push.
  POLL_INTERVAL_WITH_PUSH_MS: '600000',
  EVENTS_ALLOW_PRIVATE_URLS: 'true',
  EVENTS_RETRY_FIRST_MS: '50',
};

const NO_QUOTA = { unitsPerUserMinute: 1e9, unitsPerProjectMinute: 1e9, concurrency: 1e6 };

export interface TestProductOptions {
  /** Laid over the environment of API and worker. */
  env?: Record<string, string>;
  /** Default: the run's shared servers. */
  postgresUrl?: string;
  temporalAddress?: string;
}

export interface NewPerson {
  /** Of the token. */
  roles?: string[];
  /** Where the mailbox is; default gmail. */
  provider?: MailProviderName;
  /** Further addresses of the mailbox. */
  aliases?: string[];
}

/** Emulator, API, worker and mail catcher as processes, and eyes behind the scenes. */
export interface TestProduct extends AsyncDisposable {
  readonly product: Product;
  readonly emulator: EmulatorControl;
  readonly smtp: SmtpCatcher;
  readonly temporal: Client;
  /** What API and worker have logged. */
  readonly lines: readonly string[];
  readonly api: Child;
  readonly worker: Child;
  /** As the superuser, whom row-level security does not bind. */
  sql<Row extends object>(text: string, params?: unknown[]): Promise<Row[]>;
  /** A new user with a mailbox; `org` is shared by teammates, else one's own. */
  person(name?: string, org?: string, more?: NewPerson): Promise<Person>;
  /** Provider calls, without our own pushes. */
  calls(filter?: AccessFilter): Promise<AccessEntry[]>;
  /** SIGKILL, then a new process in its place. */
  killWorker(): Promise<void>;
  killApi(): Promise<void>;
  startApi(): Promise<void>;
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  /** Waits until that workflow has ended. @returns how */
  untilEnded(workflowId: string): Promise<string>;
}

export async function startTestProduct(options: TestProductOptions = {}): Promise<TestProduct> {
  await using starting = new AsyncDisposableStack();
  const lines: string[] = [];
  const log = (process: string, line: string): void => {
    if (process !== 'emulator') lines.push(line);
  };
  const temporalAddress = options.temporalAddress ?? inject('temporalAddress');
  const postgresUrl = options.postgresUrl ?? inject('postgresUrl');
  const smtp = starting.use(await startSmtpCatcher());
  const product = starting.use(
    await startProduct({
      postgresUrl,
      databaseUrl: (await copyTemplate(postgresUrl)).ownerUrl,
      temporalAddress,
      smtpUrl: smtp.smtpUrl,
      log,
      env: {
        ...QUICK,
        WORKFLOW_BUNDLE: inject('workflowBundlePath'),
        TEMPORAL_TASK_QUEUE: `e2e-${randomBytes(6).toString('hex')}`,
        ...options.env,
      },
    }),
  );
  const { emulator } = product;
  await emulator.setQuota(NO_QUOTA);
  const owner = new Pool({ connectionString: product.databaseUrl, max: 2 });
  // A killed Postgres ends idle sessions; the next query opens another one.
  owner.on('error', () => {});
  starting.defer(() => owner.end());
  const connection = Connection.lazy({ address: temporalAddress });
  starting.defer(() => connection.close());
  const keys = parsePayloadKeys(product.env.PAYLOAD_KEYS ?? '');
  const temporal = new Client({ connection, dataConverter: createDataConverter(keys) });

  let api = product.api;
  let worker = product.worker;
  const launch = (name: string, script: string): Promise<Child> =>
    startChild({
      name,
      command: process.execPath,
      args: [script],
      cwd: ROOT,
      env: { ...process.env, ...product.env },
      onLine: (line) => log(name, line),
    });
  starting.defer(async () => {
    await Promise.all([api.kill(), worker.kill()]);
  });
  const running = starting.move();
  let people = 0;

  return {
    product,
    emulator,
    smtp,
    temporal,
    lines,
    get api() {
      return api;
    },
    get worker() {
      return worker;
    },
    sql: async <Row extends object>(text: string, params: unknown[] = []) =>
      (await owner.query(text, params)).rows as Row[],
    person: async (name = `user${people}`, org = `org-${people}-${name}`, more = {}) => {
      const { roles, provider = 'gmail', aliases = [] } = more;
      people += 1;
      const email = `${name}@brightwater.example`;
      if (provider === 'gmail') {
        const sendAs = aliases.map((address) => ({ address, displayName: name }));
        await emulator.createAccount({ address: email, aliases: sendAs });
      } else {
        await emulator.createOutlookAccount({ address: email, aliases });
      }
      const identity = { orgId: org, userId: `${org}/${name}`, email, ...(roles && { roles }) };
      return await Person.of(product, identity, provider);
    },
    calls: async (filter = {}) =>
      (await emulator.accessLog(filter)).filter(({ method }) => !isPush(method)),
    killWorker: async () => {
      await worker.kill();
      worker = await launch('worker', 'worker/main.ts');
    },
    killApi: async () => {
      await api.kill();
    },
    startApi: async () => {
      api = await launch('api', 'api/main.ts');
      await waitUntilReady(api, httpProbe(`${product.apiUrl}/healthz`));
    },
    stopWorker: async () => {
      await worker.stop();
    },
    startWorker: async () => {
      worker = await launch('worker', 'worker/main.ts');
    },
    untilEnded: (workflowId) =>
      until(`the end of ${workflowId}`, async () => {
        const { status } = await temporal.workflow.getHandle(workflowId).describe();
        return status.name === 'RUNNING' ? null : status.name;
      }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface MessageRow {
  provider_message_id: string;
  direction: string;
}

interface VerdictRow {
  provider_message_id: string;
  kind: string;
  reason: string | null;
}

export const storedIds = async (test: TestProduct, inboxId: string): Promise<string[]> =>
  (
    await test.sql<MessageRow>('select provider_message_id from messages where inbox_id = $1', [
      inboxId,
    ])
  ).map((row) => row.provider_message_id);

/** Provider message id → `stored`, `skipped:not_contact`, … */
export const verdictsOf = async (
  test: TestProduct,
  inboxId: string,
): Promise<Map<string, string>> => {
  const rows = await test.sql<VerdictRow>(
    'select provider_message_id, kind, reason from verdicts where inbox_id = $1',
    [inboxId],
  );
  return new Map(
    rows.map((row) => [
      row.provider_message_id,
      row.reason === null ? row.kind : `${row.kind}:${row.reason}`,
    ]),
  );
};

export const verdictOf = async (
  test: TestProduct,
  inboxId: string,
  id: string,
): Promise<string | undefined> => (await verdictsOf(test, inboxId)).get(id);

/** Waits for the verdict of one message. */
export const untilVerdict = (
  test: TestProduct,
  inboxId: string,
  id: string,
  timeoutMs = 20_000,
): Promise<string> =>
  until(`a verdict of ${id}`, () => verdictOf(test, inboxId, id), { timeoutMs });

/** Waits until every cause of work is gone: no open backfill, every gap closed. */
export const untilSettled = (
  test: TestProduct,
  inboxId: string,
  timeoutMs = 60_000,
): Promise<boolean> =>
  until(
    'every backfill finished and gap closed',
    async () => {
      const rows = await test.sql(
        `select 'backfill ' || kind || ' ' || state as open from backfills where inbox_id = $1
           and state in ('requested', 'running') and kind <> 'recheck'
         union all select 'gap ' || cause from gaps where inbox_id = $1 and closed_at is null`,
        [inboxId],
      );
      return rows.length === 0;
    },
    { timeoutMs, patient: true },
  );
