import { gmail, type gmail_v1, type MethodOptions } from '@googleapis/gmail';
import { attempt, notJson } from '../attempt.ts';
import { parseJson, type RawAnswer, sendOnce } from '../http.ts';
import type { Access } from '../mail-provider.ts';
import { type CallContext, classifyAnswer } from './errors.ts';
import { oneAttempt } from './http.ts';
import type { GmailOptions } from './options.ts';
import { type Multipart, SEND_UPLOAD } from './upload.ts';

/** A typed API method, called with the options that make it one plain attempt. */
export type Send<T> = (
  users: gmail_v1.Resource$Users,
  options: MethodOptions,
) => Promise<{ status: number; headers: object; data: T }>;

/** A multipart answer, not parsed yet. */
export interface BatchAnswer {
  contentType: string;
  body: Buffer;
}

/** One HTTP attempt per call; every failure is a ProviderError or the signal's reason. */
export interface GmailClient {
  request<T extends object>(call: CallContext, access: Access, send: Send<T>): Promise<T>;
  /** For methods whose answer is empty. */
  command(call: CallContext, access: Access, send: Send<void>): Promise<void>;
  batch(call: CallContext, access: Access, batch: Multipart): Promise<BatchAnswer>;
  /** messages.send by the upload address, where the library would call Google whatever `apiRoot` is. */
  upload(call: CallContext, access: Access, upload: Multipart): Promise<gmail_v1.Schema$Message>;
}

/** Google compresses only for agents that say gzip; the API methods do so by themselves. */
const USER_AGENT = 'sambandh-email-sync (gzip)';

/** A client for Gmail's API at `endpoints.apiRoot`; it holds no credentials. */
export const createGmailClient = (options: GmailOptions): GmailClient => {
  const rootUrl = options.endpoints.apiRoot;
  // Without an auth client the library cannot refresh behind our back (it does so on any 403,
  // so on every rate limit, when a token comes without its expiry).
  const { users } = gmail({ version: 'v1', rootUrl, ...oneAttempt(options.maxResponseBytes) });

  const answered = async <T>(
    call: CallContext,
    { accessToken, signal }: Access,
    send: Send<T>,
  ): Promise<{ headers: Headers; data: T }> => {
    const authorization = { Authorization: `Bearer ${accessToken}` };
    const { status, data, ...answer } = await attempt(nameOf(call), signal, () =>
      send(users, { headers: authorization, signal }),
    );
    // The library turns Headers into a plain object, whatever its types say.
    const headers = new Headers(Object.entries(answer.headers));
    if (status >= 300) throw classifyAnswer({ status, headers, body: data }, call);
    return { headers, data };
  };

  const post = async (
    call: CallContext,
    { accessToken, signal }: Access,
    path: string,
    { contentType, body }: Multipart,
  ): Promise<RawAnswer> => {
    const headers = {
      Authorization: `Bearer ${accessToken}`,
      'Content-Type': contentType,
      'User-Agent': USER_AGENT,
    };
    const init = { method: 'POST', headers, body, signal };
    const answer = await attempt(nameOf(call), signal, () =>
      sendOnce(new URL(path, rootUrl), init, options.maxResponseBytes),
    );
    if (answer.status !== 200) throw classifyAnswer(answer, call);
    return answer;
  };

  return {
    async request(call, access, send) {
      const { headers, data } = await answered(call, access, send);
      if (typeof data === 'object' && data !== null) return data;
      throw notJson(nameOf(call), headers);
    },

    async command(call, access, send) {
      await answered(call, access, send);
    },

    async batch(call, access, batch) {
      const { headers, body } = await post(call, access, '/batch/gmail/v1', batch);
      return { contentType: headers.get('content-type') ?? '', body };
    },

    async upload(call, access, upload) {
      const { headers, body } = await post(call, access, SEND_UPLOAD, upload);
      const data = parseJson(body.toString('utf8'));
      if (typeof data === 'object' && data !== null) return data;
      throw notJson(nameOf(call), headers);
    },
  };
};

const nameOf = ({ method }: CallContext): string => `Gmail ${method}`;
