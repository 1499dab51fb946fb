import { Client, type GraphRequest, ResponseType } from '@microsoft/microsoft-graph-client';
import { attempt, notJson } from '../attempt.ts';
import { RequestRefusedError } from '../errors.ts';
import { parseJson, type RawAnswer } from '../http.ts';
import type { Access } from '../mail-provider.ts';
import { type CallContext, classifyAnswer } from './errors.ts';
import { answerOf, oneAttempt, Verbatim } from './http.ts';
import type { GraphOptions } from './options.ts';

/** One request to Graph. */
export interface GraphCall extends CallContext {
  http?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the version, ids in it percent-encoded: `/me/messages`; or a link Graph gave. */
  to: { path: string; query?: Readonly<Record<string, string | number>> } | { link: string };
  /** Preferences besides immutable ids: `odata.maxpagesize=50`. */
  prefer?: readonly string[];
  /** Sent as JSON. */
  body?: object;
}

/** One HTTP attempt per call; every failure is a ProviderError or the signal's reason. */
export interface GraphClient {
  request<T extends object>(call: GraphCall, access: Access): Promise<T>;
  /** Content, as `…/$value` answers it. */
  bytes(call: GraphCall, access: Access): Promise<Buffer>;
  /** For methods whose answer is empty. */
  command(call: GraphCall, access: Access): Promise<void>;
}

const VERSION = 'v1.0';
/** On every call, or two id spaces get mixed: without it a message's id changes with its folder. */
export const IMMUTABLE_IDS = 'IdType="ImmutableId"';

/** A client for Graph at `endpoints.apiRoot`; it holds no credentials. */
export const createGraphClient = (options: GraphOptions): GraphClient => {
  const root = new URL(options.endpoints.apiRoot).origin;
  // The SDK's own way to authenticate drops the token for every host that is not Microsoft's.
  const graph = Client.initWithMiddleware({
    baseUrl: root,
    defaultVersion: VERSION,
    middleware: oneAttempt(options.maxResponseBytes),
  });

  const send = async (call: GraphCall, { accessToken, signal }: Access): Promise<RawAnswer> => {
    const target = targetOf(call, root);
    const request = graph
      .api(target.path)
      .headers({
        Authorization: `Bearer ${accessToken}`,
        Prefer: [IMMUTABLE_IDS, ...(call.prefer ?? [])].join(', '),
      })
      .option('signal', signal)
      .responseType(ResponseType.RAW)
      .middlewareOptions(target.verbatim ? [target.verbatim] : []);
    const answer = await attempt(nameOf(call), signal, async () =>
      answerOf(await sendAs(request, call)),
    );
    if (answer.status >= 300) throw classifyAnswer(answer, call);
    return answer;
  };

  return {
    async request<T extends object>(call: GraphCall, access: Access) {
      const { headers, body } = await send(call, access);
      const data = parseJson(body.toString('utf8'));
      if (typeof data === 'object' && data !== null) return data as T;
      throw notJson(nameOf(call), headers);
    },
    bytes: async (call, access) => (await send(call, access)).body,
    command: async (call, access) => {
      await send(call, access);
    },
  };
};

const sendAs = (request: GraphRequest, { http = 'GET', body }: GraphCall): Promise<unknown> => {
  switch (http) {
    case 'GET':
      return request.get();
    case 'POST':
      return request.post(body);
    case 'PATCH':
      return request.patch(body);
    case 'DELETE':
      return request.delete();
  }
};

const nameOf = ({ method }: CallContext): string => `Graph ${method}`;

const targetOf = ({ to }: GraphCall, root: string): { path: string; verbatim?: Verbatim } => {
  if ('link' in to) return { path: '/', verbatim: new Verbatim(ownLink(to.link, root)) };
  const query = Object.entries(to.query ?? {}).map(
    // The SDK does not encode: an address with + or & would become another query.
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  );
  return { path: query.length > 0 ? `${to.path}?${query.join('&')}` : to.path };
};

/**
 * Links come out of answers and of stored cursors; one that leads elsewhere would carry the token
 * there.
 * @throws RequestRefusedError
 */
const ownLink = (link: string, root: string): string => {
  const url = URL.canParse(link) ? new URL(link) : null;
  const ours = url?.origin === root && url.username === '' && url.password === '';
  if (ours && url.pathname.startsWith(`/${VERSION}/`)) return link;
  throw new RequestRefusedError('A link of Graph leads away from Graph and was not followed.');
};
