import { randomUUID } from 'node:crypto';
import type { FaultEffect } from '../shared/faults.ts';
import { json, type Reply } from '../shared/http.ts';
import type { GraphAnswer, GraphCall, GraphRequest } from './call.ts';
import { findOutlookAccount, type GraphContext, type OutlookAccount } from './context.ts';
import type { EntraAccessToken } from './entra/store.ts';
import {
  accessDenied,
  badRequest,
  claimsChallenge,
  errorReply,
  GraphError,
  mailboxNotEnabled,
  presetError,
  unauthenticated,
} from './errors.ts';
import { CONTENT_PROPERTIES } from './message/entity.ts';
import { readToken } from './query/params.ts';
import { readPreferences } from './query/prefer.ts';
import type { Match } from './routes.ts';

const JSON_TYPE =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';

/** Who calls, as far as the Authorization header tells. */
export interface Caller {
  token: EntraAccessToken | null;
  /** Why the token is none, in Graph's words. */
  problem: GraphError | null;
}

export const callerOf = (context: GraphContext, authorization: string | undefined): Caller => {
  const text = /^Bearer\s+(.*)$/i.exec(authorization ?? '')?.[1]?.trim();
  if (!text) return { token: null, problem: unauthenticated('Access token is empty.') };
  const token = context.entra.access(text);
  if (!token) {
    const problem = unauthenticated('IDX14100: JWT is not well formed, there are no dots (.).');
    return { token: null, problem };
  }
  if (token.expiresAtMs <= context.clock.now()) {
    const problem = unauthenticated('Lifetime validation failed, the token is expired.');
    return { token, problem };
  }
  return { token, problem: context.entra.isChallenged(token) ? claimsChallenge() : null };
};

/** The name of a call for log, faults and latency. */
export const nameOf = (match: Match | null, query: URLSearchParams): string => {
  if (!match) return 'graph.unknown';
  const { name } = match.method;
  return name === 'graph.messages.list' && query.has('$search') ? 'graph.messages.search' : name;
};

/** A message's id for the log and for faults: the immutable one, whichever was used. */
export const loggedMessageId = (
  context: GraphContext,
  match: Match | null,
  token: EntraAccessToken | null,
): string | null => {
  const id = match?.params.message;
  if (id === undefined) return null;
  const outlook = token && findOutlookAccount(context, token.address)?.outlook;
  return outlook?.ids.parse(id)?.immutableId ?? id;
};

/** Runs one call: faults, token, walls, permission, handler, log. */
export const runCall = async (
  context: GraphContext,
  request: GraphRequest,
  match: Match | null,
  caller: Caller,
  admitted: boolean,
): Promise<Reply> => {
  const name = nameOf(match, request.query);
  const messageId = loggedMessageId(context, match, caller.token);
  const mailbox = caller.token?.address ?? null;
  const strike = context.faults.strike({ mailbox, method: name, messageId }, false);
  const reply = strike
    ? faulty(context, request, strike.effect)
    : await attempt(context, request, match, caller, admitted);
  context.log.record({
    arrivedMs: request.arrivedMs,
    atMs: context.clock.now(),
    monoMs: context.clock.mono(),
    mailbox,
    method: name,
    httpMethod: request.httpMethod,
    path: request.path,
    format: formatOf(name, request.query),
    q: request.query.get('$search'),
    status: reply.status,
    units: match?.method.mail ? 1 : 0,
    throttled: reply.status === 429,
    batchId: request.batchId,
    messageId,
    bytes: Buffer.byteLength(reply.body),
    fault: strike?.id ?? null,
  });
  return reply;
};

/** `full` when content was asked for, so that a test can tell whether a body left the mailbox. */
const formatOf = (name: string, query: URLSearchParams): string | null => {
  if (name === 'graph.messages.value') return 'raw';
  if (!/^graph\.messages\.(list|search|get|delta)$/.test(name)) return null;
  const select = query.get('$select')?.split(',') ?? selectOfToken(query);
  const full = !select || select.some((one) => CONTENT_PROPERTIES.includes(one.trim()));
  return full ? 'full' : 'metadata';
};

/** What a delta link asks for stands in its token. */
const selectOfToken = (query: URLSearchParams): string[] | null => {
  const token = query.get('$deltatoken') ?? query.get('$skiptoken');
  const select = token === null ? null : readToken(token)?.select;
  return Array.isArray(select) ? select.map(String) : null;
};

const attempt = async (
  context: GraphContext,
  request: GraphRequest,
  match: Match | null,
  { token, problem }: Caller,
  admitted: boolean,
): Promise<Reply> => {
  try {
    if (problem || !token) throw problem ?? unauthenticated('Access token is empty.');
    if (!match) throw unknownPath(request);
    if (match.method.mail) context.quota.charge(token.address, token.app.clientId, admitted);
    const account = allow(context, match, token);
    const call = toCall(context, request, match, token, account);
    const reply = render(await match.method.handle(call), call);
    const { gatewayBytes } = context.limits;
    if (gatewayBytes > 0 && Buffer.byteLength(reply.body) > gatewayBytes) {
      throw presetError('gatewayTimeout504');
    }
    return reply;
  } catch (error) {
    if (!(error instanceof GraphError)) throw error;
    return errorReply(error, context.clock.now());
  }
};

const unknownPath = ({ path }: GraphRequest): GraphError => {
  const segment = path.split('/').at(-1) ?? '';
  return badRequest(`Resource not found for the segment '${segment}'.`);
};

/** @throws GraphError when this token may not make this call */
const allow = (context: GraphContext, match: Match, token: EntraAccessToken): OutlookAccount => {
  const { method, params } = match;
  const account = findOutlookAccount(context, token.address);
  if (!account) throw unauthenticated('The user account has been deleted from the directory.');
  const { permissions } = method;
  if (permissions.length > 0 && !permissions.some((one) => token.permissions.has(one))) {
    throw accessDenied();
  }
  const { oid, mail, userPrincipalName } = account.person;
  const own = [oid, mail, userPrincipalName, 'me'].map((name) => name.toLowerCase());
  if (params.user !== undefined && !own.includes(params.user.toLowerCase())) throw accessDenied();
  if (method.mail && !account.settings.mailEnabled) throw mailboxNotEnabled();
  return account;
};

const toCall = (
  context: GraphContext,
  request: GraphRequest,
  match: Match,
  token: EntraAccessToken,
  account: OutlookAccount,
): GraphCall => ({
  context,
  account,
  token,
  params: match.params,
  path: request.path,
  query: request.query,
  headers: request.headers,
  prefer: readPreferences(request.headers.prefer),
  body: request.body,
  now: context.clock.now(),
});

const render = (answer: GraphAnswer, { prefer }: GraphCall): Reply => {
  const id = randomUUID();
  const headers: Record<string, string> = {
    'cache-control': 'private',
    'request-id': id,
    'client-request-id': id,
    ...(prefer.applied.length > 0 && { 'preference-applied': prefer.applied.join(', ') }),
    ...answer.headers,
  };
  if (answer.bytes) {
    headers['content-type'] = answer.contentType ?? 'application/octet-stream';
    return { status: answer.status ?? 200, headers, body: answer.bytes };
  }
  if (answer.json === undefined) return { status: answer.status ?? 204, headers, body: '' };
  headers['content-type'] = JSON_TYPE;
  return { status: answer.status ?? 200, headers, body: JSON.stringify(answer.json) };
};

const faulty = (context: GraphContext, request: GraphRequest, effect: FaultEffect): Reply => {
  if (effect.kind === 'preset') {
    const reply = errorReply(presetError(effect.preset), context.clock.now());
    if (reply.status === 410) {
      reply.headers.location = `${context.linkBase}${request.path}?%24deltatoken=`;
    }
    return reply;
  }
  if (effect.kind !== 'status') throw new Error(`A ${effect.kind} fault has no answer`);
  const reply = json(effect.status, effect.body ?? {});
  if (typeof effect.body === 'string') reply.body = effect.body;
  reply.headers = { ...reply.headers, ...effect.headers };
  return reply;
};

/** The JSON body of a call. @throws GraphError 400 */
export const jsonBody = ({ body }: GraphCall): Record<string, unknown> => {
  if (body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    if (value !== null && typeof value === 'object') return value as Record<string, unknown>;
  } catch {
    // Falls through to the refusal of a body that is no object.
  }
  throw badRequest(
    'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
  );
};
