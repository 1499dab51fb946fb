import type { Secret } from '../../config/secret.ts';
import type { GraphQuota } from './quota.ts';

/** Where Microsoft is; the emulator's addresses in tests and the demo. */
export interface GraphEndpoints {
  /** Origin of Graph, `https://graph.microsoft.com`; a path in it would be ignored. */
  apiRoot: string;
  /** Origin of Entra, `https://login.microsoftonline.com`. */
  loginRoot: string;
}

/** What the OAuth functions need. */
export interface GraphOAuthOptions {
  endpoints: GraphEndpoints;
  /** `common` for work and personal accounts alike, or the one tenant that may connect. */
  tenant: string;
  clientId: string;
  clientSecret: Secret;
  redirectUri: string;
  /** Where an administrator comes back to. */
  adminRedirectUri: string;
  /** One attempt at the token server, answer included; API calls end with the gate's signal. */
  timeoutMs: number;
}

/** Everything the adapter needs; values come from config/config.ts. */
export interface GraphOptions {
  endpoints: GraphEndpoints;
  quota: GraphQuota;
  /** Where Graph sends change notifications, `https://…/webhooks/outlook`; null: nowhere. */
  pushUrl: string | null;
  /** Largest answer held in memory. */
  maxResponseBytes: number;
  /** Whole messages a search page, 1–1,000; large ones time out (reference B1, C). */
  searchPageSize: number;
  /** Heads a page of a listing without search, 1–1,000. */
  headPageSize: number;
  /** Hits a search tells of at most. */
  searchCap: number;
  /** Messages a delta with a filter lists at most, without a word. */
  deltaCap: number;
  /** Days that are synced: what a folder that came or moved is listed for. */
  windowDays: number;
}

/** Sizes that fit Graph's documented limits (reference B1, B4). */
export const GRAPH_DEFAULTS = {
  maxResponseBytes: 64 * 1024 * 1024,
  searchPageSize: 50,
  headPageSize: 500,
  searchCap: 1_000,
  deltaCap: 5_000,
} as const;
