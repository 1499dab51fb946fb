import type { FaultEffect } from '../../shared/faults.ts';
import { json, type Reply } from '../../shared/http.ts';
import { type Account, findAccount, type GoogleContext } from '../context.ts';
import type { AccessToken } from '../oauth/store.ts';
import type { GmailCall, GmailMethod, GmailRequest } from './call.ts';
import {
  ApiError,
  failedPrecondition,
  forbidden,
  insufficientScope,
  invalidArgument,
  notFound,
  presetError,
  tooLarge,
  unauthenticated,
} from './errors.ts';
import { applyFields, parseFields } from './fields.ts';
import { isUpload, type Match, matchRoute } from './routes.ts';
import { readUpload } from './upload.ts';

/** What became of one call, for the answer and for the log. */
interface Outcome {
  reply: Reply;
  units: number;
  throttled: boolean;
  fault: string | null;
}

/**
 * Runs one call: route, token, faults, concurrency, scope, quota, handler, field mask, log.
 * Synchronous on purpose: thousands of calls a second must fit on one core.
 * @param admitted false for a part beyond the concurrency wall
 */
export const runCall = (
  context: GoogleContext,
  request: GmailRequest,
  token: AccessToken | null,
  admitted: boolean,
): Reply => {
  const match = matchRoute(request.httpMethod, request.path);
  const outcome = attempt(context, request, match, token, admitted);
  const { reply } = outcome;
  context.log.record({
    arrivedMs: request.arrivedMs,
    atMs: context.clock.now(),
    monoMs: context.clock.mono(),
    mailbox: token?.address ?? null,
    method: match?.method.name ?? 'gmail.unknown',
    httpMethod: request.httpMethod,
    path: request.path,
    format: match ? formatName(match.method, request.query) : null,
    q: request.query.get('q'),
    status: reply.status,
    units: outcome.units,
    throttled: outcome.throttled,
    batchId: request.batchId,
    messageId: match ? messageIdOf(match) : null,
    bytes: Buffer.byteLength(reply.body),
    fault: outcome.fault,
  });
  return reply;
};

const WITH_FORMAT = new Set(['gmail.users.messages.get', 'gmail.users.threads.get']);

const formatName = (method: GmailMethod, query: URLSearchParams): string | null =>
  WITH_FORMAT.has(method.name) ? (query.get('format') || 'full').toLowerCase() : null;

export const messageIdOf = ({ method, params }: Match): string | null =>
  method.path.startsWith('messages/{') ? (params.messageId ?? params.id ?? null) : null;

const attempt = (
  context: GoogleContext,
  request: GmailRequest,
  match: Match | null,
  token: AccessToken | null,
  admitted: boolean,
): Outcome => {
  const pretty = request.query.get('prettyPrint') !== 'false';
  let units = 0;
  let fault: string | null = null;
  try {
    if (!match || (request.batchId !== null && isUpload(request.path))) throw notFound();
    refuseLargeJson(context, request);
    const method = match.method;
    const messageId = messageIdOf(match);
    const strike = context.faults.strike(
      { mailbox: token?.address ?? null, method: method.name, messageId },
      false,
    );
    if (strike) {
      fault = strike.id;
      return { ...faulty(context, strike.effect, token, pretty), units, fault };
    }
    if (!token) throw unauthenticated();
    if (!admitted) context.quota.refuseConcurrent(token.address);
    const account = allow(context, match, token);
    const price = context.quota.price(method.name);
    context.quota.charge(token.address, token.client.projectNumber, price);
    units = price;
    const value = method.handle(toCall(context, request, match, token, account));
    return { reply: render(value, request.query, pretty), units, throttled: false, fault };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const reply = json(error.status, error.body, pretty);
    return { reply, units, throttled: error.throttled, fault };
  }
};

/** @throws ApiError when this token may not make this call */
const allow = (context: GoogleContext, match: Match, token: AccessToken): Account => {
  const { method, userId } = match;
  if (!method.scopes.some((scope) => token.scopes.has(scope))) throw insufficientScope(method.name);
  if (userId !== 'me' && userId.toLowerCase() !== token.address) {
    throw forbidden(`Delegation denied for ${token.address}`);
  }
  const account = findAccount(context, token.address);
  if (!account?.settings.mailEnabled) throw failedPrecondition('Mail service not enabled');
  return account;
};

/** Google's front end takes large bodies at the /upload addresses alone. */
const refuseLargeJson = ({ limits }: GoogleContext, { path, body }: GmailRequest): void => {
  if (!isUpload(path) && body.length > limits.maxJsonBytes) throw tooLarge();
};

const toCall = (
  context: GoogleContext,
  request: GmailRequest,
  match: Match,
  token: AccessToken,
  account: Account,
): GmailCall => {
  const upload = isUpload(request.path) ? readUpload(request) : null;
  return {
    context,
    mailbox: account.mailbox,
    settings: account.settings,
    token,
    params: match.params,
    query: request.query,
    body: parseBody(upload?.metadata ?? request.body),
    media: upload?.media ?? null,
    now: context.clock.now(),
  };
};

const parseBody = (body: Buffer): Record<string, unknown> => {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (value !== null && typeof value === 'object') return value as Record<string, unknown>;
  } catch {
    // Falls through to the same refusal as a body that is no object.
  }
  throw invalidArgument('Invalid JSON payload received.');
};

const render = (value: unknown, query: URLSearchParams, pretty: boolean): Reply => {
  if (value === null) return { status: 204, headers: {}, body: '' };
  const alt = query.get('alt') ?? query.get('$alt') ?? 'json';
  if (alt !== 'json') throw invalidArgument(`Invalid alt value: ${alt}`);
  const fields = query.get('fields') ?? query.get('$fields');
  return json(200, fields ? applyFields(value, parseFields(fields)) : value, pretty);
};

const faulty = (
  context: GoogleContext,
  effect: FaultEffect,
  token: AccessToken | null,
  pretty: boolean,
): { reply: Reply; throttled: boolean } => {
  if (effect.kind === 'preset') {
    const project = token?.client.projectNumber ?? '0';
    const error = presetError(effect.preset, project, context.clock.now());
    return { reply: json(error.status, error.body, pretty), throttled: error.throttled };
  }
  if (effect.kind !== 'status') throw new Error(`A ${effect.kind} fault has no answer`);
  const reply = json(effect.status, effect.body ?? {}, pretty);
  if (typeof effect.body === 'string') reply.body = effect.body;
  reply.headers = { ...reply.headers, ...effect.headers };
  return { reply, throttled: effect.status === 429 };
};
