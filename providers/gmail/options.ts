import type { Secret } from '../../config/secret.ts';
import type { GmailQuota } from './quota.ts';

/** Where Google is; the emulator's addresses in tests and the demo. */
export interface GmailEndpoints {
  /** Origin of the API, `https://gmail.googleapis.com`; a path in it would be ignored. */
  apiRoot: string;
  /** `https://accounts.google.com/o/oauth2/v2/auth` */
  authorize: string;
  /** `https://oauth2.googleapis.com/token` */
  token: string;
  /** `https://oauth2.googleapis.com/revoke` */
  revoke: string;
  /** JWKS of Google's id tokens, `https://www.googleapis.com/oauth2/v3/certs` */
  certs: string;
}

/** What the OAuth functions need. */
export interface GmailOAuthOptions {
  endpoints: GmailEndpoints;
  clientId: string;
  clientSecret: Secret;
  redirectUri: string;
  /** One attempt at the token server, answer included; API calls end with the gate's signal. */
  timeoutMs: number;
}

/** Everything the adapter needs; values come from config/config.ts. */
export interface GmailOptions extends GmailOAuthOptions {
  /** Messages per HTTP request: 1 for plain gets, 2–50 for batches; parts count for concurrency. */
  fetchBatchSize: number;
  quota: GmailQuota;
  /** `projects/P/topics/T`; null when push is not configured. */
  pubsubTopic: string | null;
  /** Spellings of addresses a query, each written out four times. */
  contactsPerQuery: number;
  /** What the plan aims at; a `q` of twice that is refused as a mistake of ours (reference A4). */
  maxQueryChars: number;
  /** Largest answer held in memory. A batch above it is fetched one by one. */
  maxResponseBytes: number;
  /** Largest text body fetched apart, when Gmail hands it out as an attachment. */
  maxBodyBytes: number;
}

/** Sizes and times that fit Gmail's documented limits (reference A1, A3, A5). */
export const GMAIL_DEFAULTS = {
  timeoutMs: 30_000,
  fetchBatchSize: 25,
  contactsPerQuery: 12,
  maxQueryChars: 1_500,
  maxResponseBytes: 64 * 1024 * 1024,
  maxBodyBytes: 5 * 1024 * 1024,
} as const;
