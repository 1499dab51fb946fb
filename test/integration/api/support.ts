import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import { createApp } from '../../../api/app.ts';
import { createDeps } from '../../../api/deps.ts';
import type { Dispatcher } from '../../../api/dispatcher.ts';
import { mailboxHash } from '../../../api/mailbox-hash.ts';
import { listen } from '../../../api/server.ts';
import type { WorkflowControl } from '../../../api/temporal.ts';
import { readConfig } from '../../../config/config.ts';
import type { KeyRing } from '../../../crypto/key-ring.ts';
import type { parseLookupKey } from '../../../crypto/lookup.ts';
import { connectInbox } from '../../../db/connect-inbox.ts';
import { commitMessages } from '../../../db/message-store.ts';
import type { MailMessage } from '../../../domain/message.ts';
import { DEFAULT_CLIENT_ID, type Emulator, startEmulator } from '../../../emulator/index.ts';
import { readDataKey } from '../../../vault/data-keys.ts';
import { sealCursor, sealProfile, sealTokens } from '../../../vault/inbox-seals.ts';
import { sealMessage } from '../../../vault/message-seals.ts';
import { checkContract } from '../../support/contract.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { keyDirectory } from '../../support/key-ring.ts';

/** What the API told Temporal, in order. */
export class RecordingWorkflows implements WorkflowControl {
  readonly told: string[] = [];
  /** Whether the inbox's workflow runs, for `wake`. */
  running = true;
  /** While set, Temporal is away. */
  failure: Error | null = null;

  open = async ({ inboxId, epoch }: { inboxId: string; epoch: number }): Promise<void> =>
    this.#tell(`open ${inboxId} ${epoch}`);
  wake = async (inboxId: string, reason: string): Promise<boolean> => {
    this.#tell(`wake ${inboxId} ${reason}`);
    return this.running;
  };
  close = async (inboxId: string): Promise<void> => this.#tell(`close ${inboxId}`);
  deleteHistory = async (input: { inboxId: string; deletionId: string }): Promise<void> =>
    this.#tell(`delete ${input.inboxId} ${input.deletionId}`);
  sendMessage = async ({ id }: { id: string }): Promise<void> => this.#tell(`send ${id}`);
  deliverEvents = async ({ endpointId }: { endpointId: string }): Promise<void> =>
    this.#tell(`deliver ${endpointId}`);
  reconcile = async (): Promise<void> => this.#tell('reconcile');
  check = async (): Promise<void> => {
    if (this.failure) throw this.failure;
  };

  #tell(what: string): void {
    if (this.failure) throw this.failure;
    this.told.push(what);
  }
}

export interface Person {
  orgId: string;
  userId: string;
  email?: string;
  roles?: string[];
}

export const ANN: Person = { orgId: 'acme', userId: 'ann', email: 'ann.work@acme.example' };
export const BOB: Person = { orgId: 'acme', userId: 'bob' };
export const EVE: Person = { orgId: 'evil', userId: 'ann' };

const JWT_SECRET = 'a secret of the tests that is long enough';
const PUSH_AUDIENCE = 'https://sync.example/webhooks/gmail';
const PUSH_SENDER = 'push@sambandh.iam.gserviceaccount.com';

export interface Rig extends AsyncDisposable {
  url: string;
  db: TestDatabase;
  emulator: Emulator;
  workflows: RecordingWorkflows;
  dispatcher: Dispatcher;
  log: string[];
  keyRing: KeyRing;
  lookupKey: ReturnType<typeof parseLookupKey>;
  call(
    person: Person | null,
    method: string,
    path: string,
    body?: unknown,
    headersToo?: Record<string, string>,
  ): Promise<Answer>;
  raw(path: string, init?: RequestInit): Promise<Response>;
  counts(): Promise<Record<string, number>>;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Body;
}

/** The fields that tests name one by one; which of them are there depends on the address asked. */
export interface Body {
  type: string;
  status: number | string;
  detail: string;
  instance: string;
  errors: unknown;
  message: string;
  html: string;
  deletionId: string;
  keyDestroyedAt: string | null;
  choices: unknown[];
  contacts: { id: string }[];
  messages: { id: string; receivedAt: string; subject: string }[];
  nextCursor: string | null;
  sync: { push: { lastAt: string | null } };
}

export async function tokenOf(
  { orgId, userId, email, roles = [] }: Person,
  claims: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT({ org: orgId, roles, ...(email && { email }), ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(userId)
    .setExpirationTime('5m')
    .sign(new TextEncoder().encode(JWT_SECRET));
}

/** The API on a port of its own, with its own database and emulator. */
export async function startRig(overrides: Record<string, string> = {}): Promise<Rig> {
  await using starting = new AsyncDisposableStack();
  const db = starting.use(await createTestDatabase());
  const emulator = starting.use(await startEmulator());
  const config = readConfig({
    PUBLIC_URL: 'http://127.0.0.1:8080',
    DATABASE_URL_API: db.apiUrl,
    DATABASE_URL_WORKER: db.workerUrl,
    INBOX_KEYS_DIR: keyDirectory(),
    MASTER_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    LOOKUP_KEY: randomBytes(32).toString('base64'),
    PAYLOAD_KEYS: `p1:${randomBytes(32).toString('base64')}`,
    JWT_SECRET,
    GOOGLE_CLIENT_ID: DEFAULT_CLIENT_ID,
    GOOGLE_CLIENT_SECRET: 'emulator-secret',
    GMAIL_API_ROOT: emulator.url,
    GOOGLE_AUTHORIZE_URL: `${emulator.url}/o/oauth2/v2/auth`,
    GOOGLE_TOKEN_URL: `${emulator.url}/token`,
    GOOGLE_REVOKE_URL: `${emulator.url}/revoke`,
    GOOGLE_CERTS_URL: `${emulator.url}/oauth2/v3/certs`,
    GMAIL_PUBSUB_TOPIC: 'projects/p/topics/t',
    GMAIL_PUSH_AUDIENCE: PUSH_AUDIENCE,
    GMAIL_PUSH_SERVICE_ACCOUNT: PUSH_SENDER,
    RATE_LIMIT_PER_MINUTE: '100000',
    ...overrides,
  });
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => log.push(line) });
  const workflows = new RecordingWorkflows();
  const deps = starting.use(await createDeps(config, logger, workflows));
  const server = starting.use(await listen(createApp(deps.ctx), { host: '127.0.0.1', port: 0 }));
  starting.use(deps.ctx.changes);
  const raw: Rig['raw'] = (path, init) =>
    fetch(new URL(path, server.url), { redirect: 'manual', ...init });
  const started = starting.move();
  return {
    url: server.url,
    db,
    emulator,
    workflows,
    dispatcher: deps.dispatcher,
    log,
    keyRing: deps.ctx.keyRing,
    lookupKey: deps.ctx.lookupKey,
    raw,
    call: async (person, method, path, body, headersToo) => {
      const answer = await call(raw, person, method, path, body, headersToo);
      await checkContract(server.url, { method, path, requestBody: body, ...answer });
      return answer;
    },
    counts: () => counts(db),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

async function call(
  raw: Rig['raw'],
  person: Person | null,
  method: string,
  path: string,
  body?: unknown,
  headersToo: Record<string, string> = {},
): Promise<Answer> {
  const response = await raw(path, {
    method,
    headers: {
      ...(person && { authorization: `Bearer ${await tokenOf(person)}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headersToo,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = /[/+]json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    body: json ? JSON.parse(text) : text,
  };
}

/** Not workflow_commands, whose rows go once they are told; an inbox's state stands for them. */
const TABLES = [
  ...['contact_books', 'contacts', 'contact_addresses', 'inboxes', 'inbox_keys', 'sync_cursors'],
  ...['backfills', 'messages', 'message_contacts', 'verdicts', 'gaps', 'oauth_states'],
  'deletions',
];

/** Rows and, of inboxes, states: what a refused request must leave as it was. */
async function counts(db: TestDatabase): Promise<Record<string, number>> {
  const selects = TABLES.map(
    (table) => `select '${table}' as name, count(*)::int as rows from ${table}`,
  );
  const states = `select 'inbox:' || id || status || epoch || scope, 1 from inboxes`;
  const rows = await db.sql<{ name: string; rows: number }>(
    [...selects, states].join(' union all '),
  );
  return Object.fromEntries(rows.map(({ name, rows }) => [name, rows]));
}

export interface SeededInbox {
  inboxId: string;
  epoch: number;
}

/** An inbox as the callback leaves it, without going through consent. */
export async function seedInbox(rig: Rig, person: Person, address: string): Promise<SeededInbox> {
  const known = await rig.emulator.listAccounts();
  if (!known.some((one) => one.address === address)) await rig.emulator.createAccount({ address });
  const tokens = await rig.emulator.issueTokens({ address });
  const { orgId, userId } = person;
  return rig.db.api.asUser(person, (tx) =>
    connectInbox(tx, {
      orgId,
      userId,
      provider: 'gmail',
      addressHash: mailboxHash(rig.lookupKey, 'gmail', address),
      scope: { kind: 'contacts' },
      grantedScopes: tokens.scope.split(' '),
      now: Date.now(),
      windowMs: 90 * 86_400_000,
      keys: rig.keyRing,
      seal: (id, key) => ({
        profileCt: sealProfile(
          key,
          { orgId, id },
          {
            address,
            ownAddresses: [address],
            notifyAddress: address,
            scopeName: null,
          },
        ),
        tokensCt: sealTokens(
          key,
          { orgId, id },
          {
            accessToken: tokens.access_token,
            renewal: tokens.refresh_token,
            expiresAt: tokens.expiry_date,
          },
        ),
        cursorCt: sealCursor(key, { orgId, id }, { v: 1, provider: 'gmail', historyId: '1' }),
      }),
    }),
  );
}

export type MessageSeed = Partial<MailMessage> & { contactIds: string[] };

/** Puts a message on timelines, as the worker would. @returns its id */
export async function seedMessage(
  rig: Rig,
  inbox: SeededInbox,
  seed: MessageSeed,
): Promise<string> {
  const id = uuidv7();
  const { contactIds, ...given } = seed;
  const message: MailMessage = {
    providerMessageId: randomBytes(8).toString('hex'),
    providerThreadId: 'thread-1',
    state: 'mail',
    labelIds: [],
    receivedAt: Date.now(),
    participants: [{ role: 'from', name: 'Carol', address: 'carol@customer.example' }],
    rfcMessageId: null,
    subject: 'Subject',
    snippet: 'Snippet',
    text: 'Text',
    html: null,
    attachments: [],
    inReplyTo: null,
    references: [],
    defects: [],
    ...given,
  };
  await rig.db.worker.asConnectedInbox(inbox, async (tx, row) => {
    const key = await readDataKey(tx, rig.keyRing, row);
    const sealed = sealMessage(key, { orgId: row.orgId, inboxId: row.id, messageId: id }, message);
    await commitMessages(tx, row, [
      {
        providerMessageId: message.providerMessageId,
        verdict: { kind: 'stored' },
        rfcIdHash: null,
        senderHash: null,
        receivedAt: message.receivedAt,
        message: {
          id,
          providerThreadId: message.providerThreadId,
          direction: 'inbound',
          hasAttachments: message.attachments.length > 0,
          ...sealed,
          contactIds,
        },
      },
    ]);
  });
  return id;
}

/** Waits for what happens in the background, on a machine that may be busy. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 800; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('what was waited for did not happen within 20 s');
}
