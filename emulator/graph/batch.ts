import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpRequest, json, type Reply } from '../shared/http.ts';
import type { GraphRequest } from './call.ts';
import type { GraphContext } from './context.ts';
import { badRequest, errorReply, type GraphError } from './errors.ts';
import { callerOf, nameOf, runCall } from './pipeline.ts';
import { matchRoute } from './routes.ts';

const MAX_PARTS = 20;
/** Graph dispatches this many requests of one mailbox at a time. */
const AT_ONCE = 4;

interface BatchPart {
  id: string;
  dependsOn: string[];
  request: GraphRequest;
}

interface PartAnswer {
  id: string;
  status: number;
  headers: Record<string, string>;
  body?: unknown;
}

/** POST /v1.0/$batch: 200 around one answer per part, in the order they were done. */
export const runBatch = async (
  context: GraphContext,
  outer: HttpRequest,
  batchId: string,
): Promise<Reply> => {
  const parts = readParts(outer, batchId);
  if (!Array.isArray(parts)) return errorReply(parts, context.clock.now());
  const answers = new Map<string, PartAnswer>();
  const waiting = [...parts];
  const worker = async () => {
    for (;;) {
      const index = waiting.findIndex(({ dependsOn }) => dependsOn.every((id) => answers.has(id)));
      const part = index < 0 ? undefined : waiting.splice(index, 1)[0];
      if (part) answers.set(part.id, await runPart(context, part, answers));
      else if (waiting.length === 0) return;
      else await sleep(1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return json(200, { responses: [...answers.values()] });
};

const readParts = (outer: HttpRequest, batchId: string): BatchPart[] | GraphError => {
  let requests: unknown;
  try {
    requests = (JSON.parse(outer.body.toString('utf8')) as { requests?: unknown }).requests;
  } catch {
    return badRequest('Invalid batch payload format.');
  }
  if (!Array.isArray(requests) || requests.length === 0) {
    return badRequest('Invalid batch payload format.');
  }
  if (requests.length > MAX_PARTS) {
    return badRequest(`Number of batch request steps exceeds the maximum value of ${MAX_PARTS}.`);
  }
  const parts = requests.map((one) => readPart(one as Record<string, unknown>, outer, batchId));
  const ids = new Set(parts.map(({ id }) => id));
  if (ids.size < parts.length) return badRequest('The request ids in the batch must be unique.');
  const known = parts.every(({ dependsOn }) => dependsOn.every((id) => ids.has(id)));
  if (!known || hasCycle(parts)) return badRequest('Request dependsOn is invalid.');
  return parts;
};

/** Dependencies must point backwards in some order, or nothing could ever start. */
const hasCycle = (parts: readonly BatchPart[]): boolean => {
  const done = new Set<string>();
  for (let left = parts.length; left > 0; ) {
    const ready = parts.filter(
      ({ id, dependsOn }) => !done.has(id) && dependsOn.every((one) => done.has(one)),
    );
    if (ready.length === 0) return true;
    for (const { id } of ready) done.add(id);
    left -= ready.length;
  }
  return false;
};

const readPart = (
  part: Record<string, unknown>,
  outer: HttpRequest,
  batchId: string,
): BatchPart => {
  const url = String(part.url ?? '/');
  const cut = url.indexOf('?');
  const path = (cut < 0 ? url : url.slice(0, cut)).replace(/^\/?/, '/');
  const given = Object.entries((part.headers ?? {}) as Record<string, string>);
  const headers = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value]));
  const dependsOn = Array.isArray(part.dependsOn) ? part.dependsOn.map(String) : [];
  return {
    id: String(part.id ?? ''),
    dependsOn,
    request: {
      httpMethod: String(part.method ?? 'GET').toUpperCase(),
      path: `/v1.0${path}`,
      query: new URLSearchParams(cut < 0 ? '' : url.slice(cut + 1)),
      // The envelope's token holds for every part; its other headers do not.
      headers: { authorization: outer.headers.authorization, ...headers },
      body: bodyOf(part.body, headers['content-type']),
      batchId,
      arrivedMs: outer.arrivedMs,
    },
  };
};

/** JSON as it stands; anything else comes in base64. */
const bodyOf = (body: unknown, contentType = 'application/json'): Buffer => {
  if (body === undefined || body === null) return Buffer.alloc(0);
  return typeof body === 'string' && !contentType.includes('json')
    ? Buffer.from(body, 'base64')
    : Buffer.from(JSON.stringify(body));
};

const runPart = async (
  context: GraphContext,
  { id, dependsOn, request }: BatchPart,
  answers: ReadonlyMap<string, PartAnswer>,
): Promise<PartAnswer> => {
  if (dependsOn.some((one) => (answers.get(one)?.status ?? 500) >= 400)) {
    const error = { code: 'FailedDependency', message: 'A request this one depends on failed.' };
    return { id, status: 424, headers: {}, body: { error } };
  }
  const match = matchRoute(request.httpMethod, request.path);
  const caller = callerOf(context, request.headers.authorization);
  const seat =
    caller.token && match?.method.mail
      ? context.quota.enter(caller.token.address, caller.token.app.clientId)
      : { admitted: true, leave: () => {} };
  const ms = context.latency.of(nameOf(match, request.query));
  if (ms > 0) await sleep(ms);
  const reply = await runCall(context, request, match, caller, seat.admitted);
  seat.leave();
  return toAnswer(id, reply);
};

const toAnswer = (id: string, { status, headers, body }: Reply): PartAnswer => {
  const names: Record<string, string> = {
    'content-type': 'Content-Type',
    'retry-after': 'Retry-After',
    location: 'Location',
  };
  const shown = Object.entries(headers).map(([name, value]) => [names[name] ?? name, value]);
  const answer = { id, status, headers: Object.fromEntries(shown) as Record<string, string> };
  if (body.length === 0) return answer;
  return typeof body === 'string'
    ? { ...answer, body: JSON.parse(body) as unknown }
    : { ...answer, body: body.toString('base64') };
};
