import type { GraphQuota } from './quota.ts';

/** Where Microsoft is; the emulator's addresses in tests and the demo. */
export interface GraphEndpoints {
  /** Origin of Graph, `https://graph.microsoft.com`; a path in it would be ignored. */
  apiRoot: string;
}

/** Everything the adapter needs; values come from config/config.ts. */
export interface GraphOptions {
  endpoints: GraphEndpoints;
  quota: GraphQuota;
  /** Largest answer held in memory. */
  maxResponseBytes: number;
}

/** Sizes that fit Graph's documented limits (reference B1, B4). */
export const GRAPH_DEFAULTS = {
  maxResponseBytes: 64 * 1024 * 1024,
} as const;
