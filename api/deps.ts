import { Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import { createDataConverter, parsePayloadKeys } from '../codec/data-converter.ts';
import { PayloadCodec } from '../codec/payload-codec.ts';
import type { Config } from '../config/config.ts';
import { describeError } from '../config/describe-error.ts';
import { type KeyRing, openKeyRing } from '../crypto/key-ring.ts';
import { parseLookupKey } from '../crypto/lookup.ts';
import { insertCommand } from '../db/command-store.ts';
import type { Database } from '../db/database.ts';
import { openChecked } from '../db/open-checked.ts';
import { endWatch, notePush } from '../db/sync-store.ts';
import { createGmailPushVerifier, type GmailPushVerifier } from '../providers/gmail/push.ts';
import { gmailKit, gmailOptions, gmailPace } from '../session/gmail-kit.ts';
import { graphKit, graphOptions, outlookPace } from '../session/graph-kit.ts';
import { createMailboxes, type InboxRef } from '../session/mailboxes.ts';
import { temporalAccess } from '../temporal/access.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { type Authenticate, createAuthenticate } from './auth.ts';
import { ChangeStreams } from './change-streams.ts';
import { createGmailConnector } from './connect/gmail-connector.ts';
import { createOutlookConnector } from './connect/outlook-connector.ts';
import type { ApiContext, ApiSettings } from './context.ts';
import { Dispatcher } from './dispatcher.ts';
import { PushCoalescer } from './push-coalescer.ts';
import { createWorkflowControl, type WorkflowControl } from './temporal.ts';
import { WorkStarter } from './work-starter.ts';

const DAY_MS = 86_400_000;
const SWEEP_EVERY_MS = 3_000;
/** How long an event may lie before it is on its way. */
const LOOK_FOR_WORK_EVERY_MS = 1_000;
/** How long a change may take until an open page knows of it. */
const LOOK_EVERY_MS = 500;
/** At most this long is a push held back, and its answer with it. */
const PUSH_INTERVAL_MS = 250;

export interface ApiDeps extends AsyncDisposable {
  ctx: ApiContext;
  dispatcher: Dispatcher;
  work: WorkStarter;
}

/** Everything the API uses, opened once; disposing closes it in reverse. */
export async function openDeps(
  config: Config,
  log: Logger,
  tracing: Tracing | null,
): Promise<ApiDeps> {
  const { settings, secrets } = config;
  const dataConverter = createDataConverter(parsePayloadKeys(secrets.PAYLOAD_KEYS.reveal()));
  await using opening = new AsyncDisposableStack();
  // Lazy, so that the API comes up, answers reads and takes decisions while Temporal is away.
  const connection = Connection.lazy(temporalAccess(config));
  opening.defer(() => connection.close());
  const namespace = settings.TEMPORAL_NAMESPACE;
  const client = new Client({
    connection,
    namespace,
    dataConverter,
    ...(tracing && { interceptors: tracing.client }),
  });
  const workflows = createWorkflowControl(client, settings.TEMPORAL_TASK_QUEUE);
  const { ctx, dispatcher, work, ...own } = await createDeps(config, log, workflows);
  opening.use(own);
  const opened = opening.move();
  return { ctx, dispatcher, work, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** The same with Temporal handed in, for tests of the API alone. */
export async function createDeps(
  config: Config,
  log: Logger,
  workflows: WorkflowControl,
): Promise<ApiDeps> {
  await using opening = new AsyncDisposableStack();
  const keyRing = await openKeyRing(config);
  const database = opening.use(await open(config, 'DATABASE_URL_API'));
  // Provider calls pass the worker's fence. Routes never see this: row-level security would let it
  // into any inbox.
  const workerDatabase = opening.use(await open(config, 'DATABASE_URL_WORKER'));
  const sweepEveryMs = SWEEP_EVERY_MS;
  const dispatcher = opening.use(
    new Dispatcher({ database, workerDatabase, workflows, log, sweepEveryMs }),
  );
  const everyMs = LOOK_FOR_WORK_EVERY_MS;
  const work = opening.use(new WorkStarter({ database, workflows, log, everyMs }));
  const opened = { keyRing, database, workerDatabase, workflows, dispatcher, work };
  const ctx = createContext(config, log, opened);
  const running = opening.move();
  return { ctx, dispatcher, work, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

function open(
  { settings, secrets }: Config,
  setting: 'DATABASE_URL_API' | 'DATABASE_URL_WORKER',
): Promise<Database> {
  return openChecked({ setting, url: secrets[setting], poolMax: settings.DATABASE_POOL_MAX });
}

interface Opened {
  keyRing: KeyRing;
  database: Database;
  workerDatabase: Database;
  workflows: WorkflowControl;
  dispatcher: Dispatcher;
  work: WorkStarter;
}

function createContext(config: Config, log: Logger, opened: Opened): ApiContext {
  const { keyRing, database, workerDatabase, workflows, dispatcher, work } = opened;
  const { settings, secrets } = config;
  const lookupKey = parseLookupKey(secrets.LOOKUP_KEY.reveal());
  const now = (): number => Date.now();
  const kits = { gmail: gmailKit(config), outlook: graphKit(config) };
  const timeoutMs = settings.PROVIDER_TIMEOUT_MS;
  const authenticate = createAuthenticate({
    secret: secrets.JWT_SECRET?.reveal(),
    jwksUrl: settings.JWT_JWKS_URL,
    issuer: settings.JWT_ISSUER,
    audience: settings.JWT_AUDIENCE,
  });
  return {
    settings: apiSettings(config),
    database,
    keyRing,
    lookupKey,
    authenticate,
    connectors: connectors(config),
    mailboxes: createMailboxes({
      database: workerDatabase,
      keyRing,
      lookupKey,
      kits,
      timeoutMs,
      now,
    }),
    workflows,
    dispatcher,
    startSend: (send) => work.startSend(send),
    verifyGmailPush: pushVerifier(config),
    changes: new ChangeStreams({ database, everyMs: LOOK_EVERY_MS, log }),
    pushes: new PushCoalescer({ wake: wakeOrOpen(workflows), intervalMs: PUSH_INTERVAL_MS, now }),
    notePush: (inbox) =>
      workerDatabase
        .asConnectedInbox(inbox, (tx) => notePush(tx, now()))
        .catch((error) => log.warn({ ...inbox, failure: describeError(error) }, 'push not noted')),
    endWatch: (inbox) => workerDatabase.asConnectedInbox(inbox, endWatch),
    wakeInbox: wakeInbox(opened, log),
    codec: codecOptions(config, authenticate),
    log,
    now,
  };
}

/** Of the providers whose credentials are configured. */
function connectors(config: Config): ApiContext['connectors'] {
  const { GOOGLE_CLIENT_ID, MICROSOFT_CLIENT_ID } = config.settings;
  return {
    ...(GOOGLE_CLIENT_ID && { gmail: createGmailConnector(gmailOptions(config)) }),
    ...(MICROSOFT_CLIENT_ID && { outlook: createOutlookConnector(graphOptions(config)) }),
  };
}

/** As the worker: who asks may be a teammate with whom the inbox's owner shares a thread. */
function wakeInbox({ workerDatabase, dispatcher }: Opened, log: Logger) {
  return async (inbox: InboxRef): Promise<void> => {
    const wake = { ...inbox, kind: 'wake' } as const;
    try {
      const id = await workerDatabase.asConnectedInbox(inbox, (tx) => insertCommand(tx, wake));
      dispatcher.dispatch([{ id, ...wake }]);
    } catch (error) {
      log.warn({ ...inbox, failure: describeError(error) }, 'inbox not woken');
    }
  };
}

/** When none runs, though the inbox is connected, the push is the chance to mend that. */
function wakeOrOpen(workflows: WorkflowControl) {
  return async (inbox: InboxRef): Promise<void> => {
    if (!(await workflows.wake(inbox.inboxId, 'mail'))) await workflows.open(inbox);
  };
}

function apiSettings(config: Config): ApiSettings {
  const { settings } = config;
  return {
    publicUrl: settings.PUBLIC_URL,
    returnToOrigins: settings.RETURN_TO_ORIGINS,
    ratePerMinute: settings.RATE_LIMIT_PER_MINUTE,
    trustProxy: settings.TRUST_PROXY,
    providerTimeoutMs: settings.PROVIDER_TIMEOUT_MS,
    windowMs: settings.BACKFILL_DAYS * DAY_MS,
    pace: { gmail: gmailPace(config), outlook: outlookPace(config) },
    recipientsPerDay: {
      gmail: settings.GMAIL_RECIPIENTS_PER_DAY,
      outlook: settings.OUTLOOK_RECIPIENTS_PER_DAY,
    },
    events: { allowPrivate: settings.EVENTS_ALLOW_PRIVATE_URLS },
  };
}

function pushVerifier(config: Config): GmailPushVerifier | null {
  const { settings } = config;
  const { GMAIL_PUSH_AUDIENCE: audience, GMAIL_PUSH_SERVICE_ACCOUNT: serviceAccount } = settings;
  if (!audience || !serviceAccount) return null;
  const timeoutMs = settings.PROVIDER_TIMEOUT_MS;
  return createGmailPushVerifier({
    certs: settings.GOOGLE_CERTS_URL,
    issuer: settings.GOOGLE_ISSUER,
    audience,
    serviceAccount,
    timeoutMs,
  });
}

/** Null without a Temporal UI to serve: the codec server then does not exist. */
function codecOptions({ settings, secrets }: Config, authenticate: Authenticate) {
  const uiOrigin = settings.TEMPORAL_UI_ORIGIN;
  if (!uiOrigin) return null;
  const codec = new PayloadCodec(parsePayloadKeys(secrets.PAYLOAD_KEYS.reveal()));
  return { codec, authenticate, uiOrigin, token: secrets.CODEC_TOKEN };
}
