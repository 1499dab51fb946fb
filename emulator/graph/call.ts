import type { GraphContext, OutlookAccount } from './context.ts';
import type { EntraAccessToken } from './entra/store.ts';
import type { Preferences } from './query/prefer.ts';

/** One Graph call: a whole HTTP request, or one part of a `$batch`. */
export interface GraphRequest {
  httpMethod: string;
  /** Below the host: `/v1.0/me/messages`. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  body: Buffer;
  batchId: string | null;
  /** See `HttpRequest`; of a part, its envelope's. */
  arrivedMs: number;
}

/** What a handler works with: the caller is known, allowed and counted. */
export interface GraphCall {
  context: GraphContext;
  account: OutlookAccount;
  token: EntraAccessToken;
  /** Values of the path's `{names}`, decoded. */
  params: Record<string, string>;
  /** The path as it was called, for links. */
  path: string;
  query: URLSearchParams;
  headers: Record<string, string | undefined>;
  prefer: Preferences;
  body: Buffer;
  now: number;
}

export interface GraphAnswer {
  /** Default 200, or 204 without anything to say. */
  status?: number;
  json?: unknown;
  /** In place of JSON. */
  bytes?: Buffer;
  contentType?: string;
  headers?: Record<string, string>;
}

export interface GraphMethod {
  /** For log and faults. */
  name: string;
  httpMethod: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below `/v1.0/`; `me` also stands for `users/{the caller}`. */
  path: string;
  /** Any one of these lets the call through. */
  permissions: readonly string[];
  /** Served by the mailbox: counted and walled by Exchange. */
  mail: boolean;
  handle: (call: GraphCall) => GraphAnswer | Promise<GraphAnswer>;
}

export const READ_PERMISSIONS: readonly string[] = [
  'Mail.Read',
  'Mail.ReadWrite',
  'Mail.ReadBasic',
];
export const CONTENT_PERMISSIONS: readonly string[] = ['Mail.Read', 'Mail.ReadWrite'];
export const WRITE_PERMISSIONS: readonly string[] = ['Mail.ReadWrite'];
export const SEND_PERMISSIONS: readonly string[] = ['Mail.Send'];
