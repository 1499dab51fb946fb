import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EmulatorContext } from './control/context.ts';
import type { EmulatorControl } from './control/contract.ts';
import { createControls } from './control/controls.ts';
import { completeApp } from './control/entra.ts';
import { answerControl, CONTROL_PREFIX } from './control/http.ts';
import { completeClient } from './control/oauth.ts';
import { DEFAULT_LIMITS, type GoogleContext } from './google/context.ts';
import { Quota } from './google/gmail/quota.ts';
import { OAuthStore } from './google/oauth/store.ts';
import { PubSub } from './google/push/pubsub.ts';
import { answerGoogle } from './google/server.ts';
import { DEFAULT_GRAPH_LIMITS, type GraphContext } from './graph/context.ts';
import { EntraStore } from './graph/entra/store.ts';
import { Notifications } from './graph/push/notifications.ts';
import { GraphQuota } from './graph/quota.ts';
import { answerMicrosoft, isMicrosoft } from './graph/server.ts';
import { DEFAULT_APP_ID, DEFAULT_CLIENT_ID, type EmulatorOptions } from './options.ts';
import { AccessLog } from './shared/access-log.ts';
import { Clock } from './shared/clock.ts';
import { Faults } from './shared/faults.ts';
import { BodyTooLargeError, json, readRequest, writeReply } from './shared/http.ts';
import { Latency } from './shared/latency.ts';
import { Random } from './shared/random.ts';

export type * from './control/contract.ts';
export { SCOPE } from './google/oauth/scopes.ts';
export { DEFAULT_APP_ID, DEFAULT_CLIENT_ID, type EmulatorOptions } from './options.ts';

/** A running emulator: its address, the control methods, and its end. */
export interface Emulator extends EmulatorControl, AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Above Gmail's own 35 MB for a message, after base64 and JSON. */
const MAX_BODY = 64 * 1024 * 1024;
/** Room for a `q` beyond the limit, so that the emulator can refuse it in Google's words. */
const MAX_HEADERS = 128 * 1024;

const createGoogle = (options: EmulatorOptions): GoogleContext => {
  const clock = new Clock();
  const log = new AccessLog();
  const oauth = new OAuthStore(clock);
  if (options.accessTokenLifeS !== undefined) oauth.accessTokenLifeS = options.accessTokenLifeS;
  for (const client of options.clients ?? [{ clientId: DEFAULT_CLIENT_ID }]) {
    oauth.clients.set(client.clientId, completeClient(client));
  }
  const quota = new Quota(clock);
  quota.configure(options.quota ?? {});
  const pubsub = new PubSub(clock, log);
  pubsub.behaviour = { ...pubsub.behaviour, ...options.push };
  pubsub.subscriptions = [...(options.subscriptions ?? [])];
  return {
    clock,
    random: new Random('google'),
    log,
    faults: new Faults(),
    latency: new Latency(),
    accounts: new Map(),
    oauth,
    quota,
    pubsub,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
  };
};

/** Shares the clock, the log, the faults and the latency with Google. */
const createGraph = (
  { clock, log, faults, latency }: GoogleContext,
  options: EmulatorOptions,
): GraphContext => {
  const entra = new EntraStore(clock);
  if (options.accessTokenLifeS !== undefined) entra.accessTokenLifeS = options.accessTokenLifeS;
  for (const input of options.apps ?? [{ clientId: DEFAULT_APP_ID }]) {
    const app = completeApp({ ...input, clientId: input.clientId.toLowerCase() });
    entra.apps.set(app.clientId, app);
  }
  const quota = new GraphQuota(clock);
  quota.configure(options.graphQuota ?? {});
  const notifications = new Notifications(clock, log);
  notifications.behaviour = { ...notifications.behaviour, ...options.notifications };
  return {
    clock,
    random: new Random('graph'),
    log,
    faults,
    latency,
    accounts: new Map(),
    entra,
    quota,
    notifications,
    limits: { ...DEFAULT_GRAPH_LIMITS, ...options.graphLimits },
    linkBase: options.graphLinks ?? '',
  };
};

const handle = async (
  context: EmulatorContext,
  control: EmulatorControl,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const request = await readRequest(incoming, MAX_BODY, context.google.clock.now());
  if (request.path.startsWith(CONTROL_PREFIX)) {
    await writeReply(response, await answerControl(control, request), null);
    return;
  }
  const { reply, effect, done } = isMicrosoft(request)
    ? await answerMicrosoft(context.graph, request)
    : await answerGoogle(context.google, request);
  // A call is under way until its answer left or the caller hung up.
  if (response.closed) done();
  else response.once('close', done);
  await writeReply(response, reply, effect);
};

const refuse = (response: ServerResponse, error: unknown): void => {
  const status = error instanceof BodyTooLargeError ? 413 : 500;
  const message = error instanceof Error ? error.message : String(error);
  if (response.headersSent || response.destroyed) return;
  void writeReply(response, json(status, { error: { code: status, message } }), null);
};

/** Starts an emulator on 127.0.0.1. */
export const startEmulator = async (options: EmulatorOptions = {}): Promise<Emulator> => {
  const google = createGoogle(options);
  const context: EmulatorContext = { google, graph: createGraph(google, options) };
  let url = '';
  const control = createControls(context, () => url);
  const server = createServer({ maxHeaderSize: MAX_HEADERS }, (incoming, response) => {
    handle(context, control, incoming, response).catch((error) => refuse(response, error));
  });
  // Node's default of 5 s races keep-alive clients: they reuse a socket as it is being closed.
  server.keepAliveTimeout = 65_000;
  for (const account of options.accounts ?? []) await control.createAccount(account);
  for (const account of options.outlookAccounts ?? []) await control.createOutlookAccount(account);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}`;
  context.graph.linkBase ||= url;
  const close = async () => {
    google.pubsub.close();
    context.graph.notifications.close();
    server.closeAllConnections();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  };
  return { ...control, url, close, [Symbol.asyncDispose]: close };
};
