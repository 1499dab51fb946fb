import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultEffect } from '../shared/faults.ts';
import { type HttpRequest, html, json, type Reply } from '../shared/http.ts';
import { pause, skipsWork, strikeTransport } from '../shared/trouble.ts';
import { runBatch } from './batch.ts';
import type { GraphContext } from './context.ts';
import { type EntraEndpoint, entraEndpoint } from './entra/endpoints.ts';
import { tokenError } from './entra/errors.ts';
import type { EntraAccessToken } from './entra/store.ts';
import { errorReply, presetError } from './errors.ts';
import { callerOf, loggedMessageId, nameOf, runCall } from './pipeline.ts';
import { matchRoute } from './routes.ts';

/** An answer and what is to be done to the connection that carries it. */
interface Answer {
  reply: Reply;
  effect: FaultEffect | null;
  /** To be called once the answer left: until then the call counts as under way. */
  done: () => void;
}

const noop = () => {};
const GRAPH = '/v1.0/';

/** Whether a request is Microsoft's to answer. */
export const isMicrosoft = (request: HttpRequest): boolean =>
  request.path.startsWith(GRAPH) || entraEndpoint(request) !== null;

export const answerMicrosoft = (context: GraphContext, request: HttpRequest): Promise<Answer> => {
  const entra = entraEndpoint(request);
  if (entra) return answerEntra(context, request, entra.endpoint, entra.tenant);
  if (request.path.length + request.query.toString().length > context.limits.maxUrl) {
    const reply = html(414, '<html><body><h1>414 URI Too Long</h1></body></html>');
    return Promise.resolve({ reply, effect: null, done: noop });
  }
  const isBatch = request.method === 'POST' && decodeURIComponent(request.path) === '/v1.0/$batch';
  return isBatch ? answerBatch(context, request) : answerCall(context, request);
};

const answerCall = async (context: GraphContext, request: HttpRequest): Promise<Answer> => {
  const match = matchRoute(request.method, request.path);
  const method = nameOf(match, request.query);
  const caller = callerOf(context, request.headers.authorization);
  const { token } = caller;
  const seat =
    token && match?.method.mail
      ? context.quota.enter(token.address, token.app.clientId)
      : { admitted: true, leave: noop };
  const messageId = loggedMessageId(context, match, token);
  const effect = strikeTransport(context, token, method, messageId);
  await pause(context, method, effect);
  if (skipsWork(effect)) {
    return abandon(context, request, { token, method, messageId, effect, done: seat.leave });
  }
  const { method: httpMethod, path, query, headers, body, arrivedMs } = request;
  const call = { httpMethod, path, query, headers, body, batchId: null, arrivedMs };
  const reply = await runCall(context, call, match, caller, seat.admitted);
  return { reply, effect, done: seat.leave };
};

/** The envelope waits for nothing itself: its parts do, four at a time. */
const answerBatch = async (context: GraphContext, request: HttpRequest): Promise<Answer> => {
  const batchId = `batch_${context.random.text(24)}`;
  const { token, problem } = callerOf(context, request.headers.authorization);
  const target = { mailbox: token?.address ?? null, method: 'graph.batch', messageId: null };
  const effect = strikeTransport(context, token, 'graph.batch', null);
  if (effect?.kind === 'delay') await sleep(effect.ms);
  if (skipsWork(effect)) {
    const about = { token, method: 'graph.batch', messageId: null, effect, done: noop };
    return abandon(context, request, about);
  }
  const strike = context.faults.strike(target, false);
  const reply = strike
    ? faultReply(strike.effect, context.clock.now())
    : problem
      ? errorReply(problem, context.clock.now())
      : await runBatch(context, request, batchId);
  const fault = strike?.id ?? effect?.kind ?? null;
  const record = { method: 'graph.batch', reply, token, batchId, messageId: null, fault };
  logRequest(context, request, record);
  return { reply, effect, done: noop };
};

const answerEntra = async (
  context: GraphContext,
  request: HttpRequest,
  { name, handle }: EntraEndpoint,
  tenant: string,
): Promise<Answer> => {
  const effect = strikeTransport(context, null, name, null);
  await pause(context, name, effect);
  if (skipsWork(effect)) {
    const about = { token: null, method: name, messageId: null, effect, done: noop };
    return abandon(context, request, about);
  }
  const strike = context.faults.strike({ mailbox: null, method: name, messageId: null }, false);
  const reply = strike
    ? entraFault(strike.effect, context.clock.now())
    : handle(context, tenant, request);
  const fault = strike?.id ?? null;
  const token = context.entra.grantee(new URLSearchParams(request.body.toString('utf8')));
  const record = { method: name, reply, token, batchId: null, messageId: null, fault };
  logRequest(context, request, record);
  return { reply, effect, done: noop };
};

const faultReply = (effect: FaultEffect, now: number): Reply => {
  if (effect.kind === 'preset') return errorReply(presetError(effect.preset), now);
  if (effect.kind !== 'status') return json(500, {});
  const reply = json(effect.status, effect.body ?? {});
  return { ...reply, headers: { ...reply.headers, ...effect.headers } };
};

/** The token endpoint speaks AADSTS: what is no refusal of the grant is a passing trouble. */
const entraFault = (effect: FaultEffect, now: number): Reply => {
  if (effect.kind !== 'preset') return faultReply(effect, now);
  if (effect.preset === 'invalidGrant400') return tokenError({ code: 700082 }, now);
  if (effect.preset === 'unavailable503') return tokenError({ code: 90033 }, now);
  return errorReply(presetError(effect.preset), now);
};

interface Abandoned {
  token: EntraAccessToken | null;
  method: string;
  messageId: string | null;
  effect: FaultEffect | null;
  done: () => void;
}

/** Logs a call that got no answer, with status 0. */
const abandon = (context: GraphContext, request: HttpRequest, about: Abandoned): Answer => {
  const { token, method, messageId, effect, done } = about;
  const reply = { status: 0, headers: {}, body: '' };
  const fault = effect?.kind ?? null;
  logRequest(context, request, { method, reply, token, batchId: null, messageId, fault });
  return { reply, effect, done };
};

interface RequestLog {
  method: string;
  reply: Reply;
  token: { address: string } | null;
  batchId: string | null;
  messageId: string | null;
  fault: string | null;
}

/** Logs what is no Graph call of its own: Entra, batch envelopes, and calls left unanswered. */
const logRequest = (context: GraphContext, request: HttpRequest, record: RequestLog): void => {
  const { method, reply, token, batchId, messageId, fault } = record;
  context.log.record({
    arrivedMs: request.arrivedMs,
    atMs: context.clock.now(),
    monoMs: context.clock.mono(),
    mailbox: token?.address ?? null,
    method,
    httpMethod: request.method,
    path: request.path,
    format: null,
    q: request.query.get('$search'),
    status: reply.status,
    units: 0,
    throttled: reply.status === 429,
    batchId,
    messageId,
    bytes: Buffer.byteLength(reply.body),
    fault,
  });
};
