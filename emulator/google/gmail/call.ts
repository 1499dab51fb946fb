import type { Mailbox } from '../../shared/mailbox/mailbox.ts';
import type { AccountSettings, GoogleContext } from '../context.ts';
import type { AccessToken } from '../oauth/store.ts';

/** One Gmail API call: a whole HTTP request, or one part of a batch. */
export interface GmailRequest {
  httpMethod: string;
  path: string;
  query: URLSearchParams;
  authorization: string | undefined;
  contentType: string | undefined;
  body: Buffer;
  /** Set on the parts of a batch. */
  batchId: string | null;
  /** See `HttpRequest`; of a part, its envelope's. */
  arrivedMs: number;
}

/** What a handler works with: the caller is known, allowed and has paid. */
export interface GmailCall {
  context: GoogleContext;
  mailbox: Mailbox;
  settings: AccountSettings;
  token: AccessToken;
  /** Values of the path's `{names}`. */
  params: Record<string, string>;
  query: URLSearchParams;
  /** The parsed JSON body; {} when there was none. */
  body: Record<string, unknown>;
  /** The uploaded bytes; null when the call came to the plain address. */
  media: Buffer | null;
  now: number;
}

export interface GmailMethod {
  name: string;
  httpMethod: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Below `/gmail/v1/users/{userId}/`, for example `messages/{id}`. */
  path: string;
  /** Any one of these lets the call through. */
  scopes: readonly string[];
  /** Its bytes may come to the /upload address too. */
  uploads?: true;
  handle: (call: GmailCall) => unknown;
}
