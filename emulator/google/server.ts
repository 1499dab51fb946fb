import type { FaultEffect } from '../shared/faults.ts';
import { type HttpRequest, html, json, type Reply } from '../shared/http.ts';
import { pause, skipsWork, strikeTransport } from '../shared/trouble.ts';
import type { GoogleContext } from './context.ts';
import { type BatchPart, MAX_BATCH_PARTS, parseBatch, renderBatch } from './gmail/batch.ts';
import { type ApiError, invalidArgument, presetError } from './gmail/errors.ts';
import { messageIdOf, runCall } from './gmail/pipeline.ts';
import { matchRoute } from './gmail/routes.ts';
import { formOf, notFoundPage, oauthEndpoint, tokenOf } from './oauth/endpoints.ts';
import type { AccessToken } from './oauth/store.ts';

/** An answer and what is to be done to the connection that carries it. */
interface Answer {
  reply: Reply;
  effect: FaultEffect | null;
  /** To be called once the answer left: until then the call counts as under way. */
  done: () => void;
}

const BATCH_PATHS: readonly string[] = ['/batch/gmail/v1', '/batch'];
/** About where Google's front end stops reading a request line. */
const MAX_URL = 32_000;

const noop = () => {};

/** Whether a request is Google's to answer. */
export const answerGoogle = (context: GoogleContext, request: HttpRequest): Promise<Answer> => {
  if (request.path.length + request.query.toString().length > MAX_URL) {
    const reply = html(414, '<!DOCTYPE html><title>Error 414 (Request-URI Too Large)!!1</title>');
    return Promise.resolve({ reply, effect: null, done: noop });
  }
  const isBatch = request.method === 'POST' && BATCH_PATHS.includes(request.path);
  if (isBatch) return answerBatch(context, request);
  if (/^(\/upload)?\/gmail\//.test(request.path)) return answerCall(context, request);
  return answerOAuth(context, request);
};

/** One plain Gmail call. */
const answerCall = async (context: GoogleContext, request: HttpRequest): Promise<Answer> => {
  const authorization = request.headers.authorization;
  const match = matchRoute(request.method, request.path);
  const method = match?.method.name ?? 'gmail.unknown';
  const token = tokenOf(context, authorization);
  const seat = takeSeat(context, token, 1);
  const messageId = match ? messageIdOf(match) : null;
  const effect = strikeTransport(context, token, method, messageId);
  await pause(context, method, effect);
  if (skipsWork(effect)) return abandon(context, request, token, method, effect, seat.leave);
  const { method: httpMethod, path, query, body, arrivedMs } = request;
  const contentType = request.headers['content-type'];
  const call = { httpMethod, path, query, authorization, contentType, body, arrivedMs };
  const reply = runCall(context, { ...call, batchId: null }, token, seat.admitted > 0);
  return { reply, effect, done: seat.leave };
};

/** A batch: one wait, one envelope, and every part charged and seated on its own. */
const answerBatch = async (context: GoogleContext, request: HttpRequest): Promise<Answer> => {
  const batchId = `batch_${context.random.text(24)}`;
  const parts = parseBatch(request, batchId);
  const refusal = refuseBatch(parts);
  if (refusal || !parts) {
    const reply = json(400, (refusal ?? invalidArgument('Bad batch')).body, true);
    logRequest(context, request, { method: 'batch', reply, token: null, batchId, fault: null });
    return { reply, effect: null, done: noop };
  }
  const token = tokenOf(context, request.headers.authorization);
  const seat = takeSeat(context, token, parts.length);
  const effect = strikeTransport(context, token, 'batch', null);
  await pause(context, 'batch', effect);
  if (skipsWork(effect)) return abandon(context, request, token, 'batch', effect, seat.leave);
  const replies = parts.map((part, index) => runPart(context, part, index < seat.admitted));
  const reply = renderBatch(parts, replies, batchId);
  if (effect?.kind === 'malformedBatch') {
    reply.headers['content-type'] = 'multipart/mixed; boundary=batch_broken';
  }
  const fault = effect?.kind ?? null;
  logRequest(context, request, { method: 'batch', reply, token, batchId, fault });
  return { reply, effect, done: seat.leave };
};

const refuseBatch = (parts: readonly BatchPart[] | null): ApiError | null => {
  if (!parts)
    return invalidArgument('Failed to parse batch request, error: 0 items. Received batch body: ');
  if (parts.length <= MAX_BATCH_PARTS) return null;
  return invalidArgument(
    `The batch request is too large. Inner request count exceeds the limit. Received: ${parts.length}, Limit: ${MAX_BATCH_PARTS}`,
  );
};

/** Each part is judged by its own token, which is the envelope's unless it brings another. */
const runPart = (context: GoogleContext, part: BatchPart, admitted: boolean): Reply =>
  runCall(context, part.request, tokenOf(context, part.request.authorization), admitted);

const answerOAuth = async (context: GoogleContext, request: HttpRequest): Promise<Answer> => {
  const endpoint = oauthEndpoint(request);
  if (!endpoint) return { reply: notFoundPage(request.path), effect: null, done: noop };
  const effect = strikeTransport(context, null, endpoint.name, null);
  await pause(context, endpoint.name, effect);
  if (skipsWork(effect)) return abandon(context, request, null, endpoint.name, effect, noop);
  const target = { mailbox: null, method: endpoint.name, messageId: null };
  const strike = context.faults.strike(target, false);
  // Before it is answered: a code is known once.
  const token = granteeOf(context, request);
  const reply = strike ? faultReply(context, strike.effect) : endpoint.handle(context, request);
  const fault = strike?.id ?? null;
  logRequest(context, request, { method: endpoint.name, reply, token, batchId: null, fault });
  return { reply, effect, done: noop };
};

/** Whose access is asked for: no access token says so, but the code or the grant does. */
const granteeOf = (context: GoogleContext, request: HttpRequest): { address: string } | null => {
  const form = formOf(request);
  const refreshToken = form.get('refresh_token');
  if (refreshToken !== null) return context.oauth.refreshToken(refreshToken);
  return context.oauth.code(form.get('code') ?? '');
};

const faultReply = (context: GoogleContext, effect: FaultEffect): Reply => {
  if (effect.kind === 'preset' && effect.preset === 'invalidGrant400') {
    const error_description = 'Token has been expired or revoked.';
    return json(400, { error: 'invalid_grant', error_description }, true);
  }
  if (effect.kind === 'preset') {
    const error = presetError(effect.preset, '0', context.clock.now());
    return json(error.status, error.body, true);
  }
  return effect.kind === 'status' ? json(effect.status, effect.body ?? {}) : json(500, {});
};

const takeSeat = (context: GoogleContext, token: AccessToken | null, parts: number) =>
  token ? context.quota.enter(token.address, parts) : { admitted: parts, leave: noop };

/** Logs a call that got no answer, with status 0. */
const abandon = (
  context: GoogleContext,
  request: HttpRequest,
  token: AccessToken | null,
  method: string,
  effect: FaultEffect | null,
  done: () => void,
): Answer => {
  const reply = { status: 0, headers: {}, body: '' };
  logRequest(context, request, {
    method,
    reply,
    token,
    batchId: null,
    fault: effect?.kind ?? null,
  });
  return { reply, effect, done };
};

interface RequestLog {
  method: string;
  reply: Reply;
  token: { address: string } | null;
  batchId: string | null;
  fault: string | null;
}

/** Logs what is no Gmail call of its own: OAuth, batch envelopes, and calls left unanswered. */
const logRequest = (
  context: GoogleContext,
  request: HttpRequest,
  { method, reply, token, batchId, fault }: RequestLog,
): void => {
  context.log.record({
    arrivedMs: request.arrivedMs,
    atMs: context.clock.now(),
    monoMs: context.clock.mono(),
    mailbox: token?.address ?? null,
    method,
    httpMethod: request.method,
    path: request.path,
    format: null,
    q: request.query.get('q'),
    status: reply.status,
    units: 0,
    throttled: reply.status === 429,
    batchId,
    messageId: null,
    bytes: Buffer.byteLength(reply.body),
    fault,
  });
};
