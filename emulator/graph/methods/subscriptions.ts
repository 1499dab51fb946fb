import { type GraphCall, type GraphMethod, READ_PERMISSIONS } from '../call.ts';
import { graphIdOf } from '../entra/directory.ts';
import { GraphError, invalidRequest, itemNotFound } from '../errors.ts';
import { jsonBody } from '../pipeline.ts';
import type { Subscription } from '../push/subscription.ts';
import { checkFilter } from '../query/message-filter.ts';

const MINUTE_MS = 60_000;
const SHORTEST_MS = 45 * MINUTE_MS;
const TYPES: readonly string[] = ['created', 'updated', 'deleted'];

const missing = (): GraphError =>
  new GraphError(404, 'ResourceNotFound', 'The object was not found.');

/** The subscription as JSON, without what only the emulator knows. */
const show = (call: GraphCall, one: Subscription) => ({
  '@odata.context': `${call.context.linkBase}/v1.0/$metadata#subscriptions/$entity`,
  id: one.id,
  resource: one.resource,
  applicationId: one.appId,
  changeType: one.changeType,
  clientState: one.clientState,
  notificationUrl: one.notificationUrl,
  notificationQueryOptions: null,
  lifecycleNotificationUrl: one.lifecycleNotificationUrl,
  expirationDateTime: new Date(one.expiresAtMs).toISOString(),
  creatorId: graphIdOf(call.account.person),
  includeResourceData: null,
  latestSupportedTlsVersion: 'v1_2',
  encryptionCertificate: null,
  encryptionCertificateId: null,
  notificationUrlAppId: null,
});

/** Epoch ms within the limits: a short life is raised, a long one refused. */
const readExpiry = (call: GraphCall, value: unknown): number => {
  const asked = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(asked)) throw invalidRequest('expirationDateTime is required.');
  const { maxLifeMinutes } = call.context.notifications.behaviour;
  // A minute of grace for clocks that differ.
  if (asked > call.now + (maxLifeMinutes + 1) * MINUTE_MS) {
    throw invalidRequest(
      `Subscription expiration can only be ${maxLifeMinutes} minutes in the future.`,
    );
  }
  if (asked <= call.now) throw invalidRequest('Subscription expiration must be in the future.');
  return Math.max(asked, call.now + SHORTEST_MS);
};

const readUrl = (value: unknown, name: string): string => {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
  const loopback = url !== null && /^(localhost|127\.0\.0\.1)$/.test(url.hostname);
  // Graph takes https only; the emulator lets a test listen on loopback without.
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback)) return String(value);
  throw invalidRequest(`${name} must be an absolute URI with the https scheme.`);
};

const RESOURCE =
  /^\/?(?:me|users\/([^/]+))(?:\/mailFolders(?:\('([^']+)'\)|\/([^/]+)))?\/messages$/i;

/** What the subscription watches: a folder's id or null for the mailbox, and a filter. */
const readResource = ({ account }: GraphCall, resource: string) => {
  const cut = resource.indexOf('?');
  const path = cut < 0 ? resource : resource.slice(0, cut);
  const match = RESOURCE.exec(path);
  if (!match) throw invalidRequest(`Resource '${resource}' is not supported.`);
  const { oid, mail, userPrincipalName } = account.person;
  const own = [oid, mail, userPrincipalName].map((name) => name.toLowerCase());
  if (match[1] !== undefined && !own.includes(match[1].toLowerCase())) {
    throw new GraphError(
      403,
      'ExtensionError',
      'Operation: Create; Exception: [Status Code: Forbidden; Reason: Access is denied. Check credentials and try again.]',
    );
  }
  const name = match[2] ?? match[3];
  const folder = name === undefined ? null : account.outlook.folders.find(name);
  if (folder === undefined) throw itemNotFound();
  const filter = cut < 0 ? null : new URLSearchParams(resource.slice(cut + 1)).get('$filter');
  if (filter) checkFilter(filter);
  return { folderId: folder?.id ?? null, filter };
};

const readTypes = (value: unknown): string[] => {
  const types = String(value ?? '')
    .split(',')
    .map((one) => one.trim());
  if (types.every((one) => TYPES.includes(one))) return types;
  throw invalidRequest('changeType must be created, updated, deleted, or a list of these.');
};

const create = async (call: GraphCall) => {
  const { notifications } = call.context;
  const body = jsonBody(call);
  const { clientState = null, lifecycleNotificationUrl: lifecycle } = body;
  if (typeof clientState === 'string' && clientState.length > 128) {
    throw invalidRequest('clientState must not be longer than 128 characters.');
  }
  if (body.includeResourceData === true) {
    throw invalidRequest('The emulator does not encrypt resource data.');
  }
  const changeTypes = readTypes(body.changeType);
  const resource = String(body.resource ?? '');
  const wanted = {
    ...readResource(call, resource),
    resource,
    address: call.token.address,
    appId: call.token.app.clientId,
    changeType: String(body.changeType),
    changeTypes,
    clientState: clientState === null ? null : String(clientState),
    notificationUrl: readUrl(body.notificationUrl, 'notificationUrl'),
    lifecycleNotificationUrl: lifecycle ? readUrl(lifecycle, 'lifecycleNotificationUrl') : null,
    expiresAtMs: readExpiry(call, body.expirationDateTime),
    immutableIds: call.prefer.immutableIds,
    person: call.account.person,
  };
  notifications.checkNew(wanted);
  await notifications.handshake(wanted.notificationUrl);
  if (wanted.lifecycleNotificationUrl) {
    await notifications.handshake(wanted.lifecycleNotificationUrl);
  }
  return { status: 201, json: show(call, notifications.add(wanted)) };
};

const require = ({ context, token, params }: GraphCall): Subscription => {
  const found = context.notifications.find(params.subscription ?? '');
  if (!found || found.appId !== token.app.clientId || found.address !== token.address) {
    throw missing();
  }
  return found;
};

const update = async (call: GraphCall) => {
  const found = require(call);
  const body = jsonBody(call);
  if ('lifecycleNotificationUrl' in body) {
    throw invalidRequest('lifecycleNotificationUrl cannot be changed.');
  }
  const expiresAtMs = readExpiry(call, body.expirationDateTime);
  if (body.notificationUrl !== undefined) {
    const url = readUrl(body.notificationUrl, 'notificationUrl');
    await call.context.notifications.handshake(url);
    found.notificationUrl = url;
  }
  found.expiresAtMs = expiresAtMs;
  return { json: show(call, found) };
};

const path = 'subscriptions/{subscription}';
const common = { permissions: READ_PERMISSIONS, mail: false };

export const subscriptionMethods: readonly GraphMethod[] = [
  {
    ...common,
    name: 'graph.subscriptions.create',
    httpMethod: 'POST',
    path: 'subscriptions',
    handle: create,
  },
  {
    ...common,
    name: 'graph.subscriptions.list',
    httpMethod: 'GET',
    path: 'subscriptions',
    handle: (call) => ({
      json: {
        '@odata.context': `${call.context.linkBase}/v1.0/$metadata#subscriptions`,
        value: call.context.notifications
          .of(call.token.address, call.token.app.clientId)
          .map((one) => show(call, one)),
      },
    }),
  },
  {
    ...common,
    name: 'graph.subscriptions.get',
    httpMethod: 'GET',
    path,
    handle: (call) => ({ json: show(call, require(call)) }),
  },
  { ...common, name: 'graph.subscriptions.update', httpMethod: 'PATCH', path, handle: update },
  {
    ...common,
    name: 'graph.subscriptions.reauthorize',
    httpMethod: 'POST',
    path: `${path}/reauthorize`,
    handle: (call) => {
      require(call);
      return { status: 202 };
    },
  },
  {
    ...common,
    name: 'graph.subscriptions.delete',
    httpMethod: 'DELETE',
    path,
    handle: (call) => {
      call.context.notifications.remove(require(call).id);
      return { status: 204 };
    },
  },
];
