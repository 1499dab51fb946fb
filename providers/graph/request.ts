import { AccessTokenRejectedError, ProviderUnavailableError } from '../errors.ts';
import { array, record, string } from '../json.ts';
import type { CallGate, ProviderCall, Reads } from '../mail-provider.ts';
import { type GraphCall, type GraphClient, IMMUTABLE_IDS } from './client.ts';
import { classifyAnswer } from './errors.ts';
import type { GraphOptions } from './options.ts';
import type { GraphMethod } from './quota.ts';

/** One part of a `$batch`: its JSON, or why there is none. */
export type PartAnswer = { ok: true; body: object } | { ok: false; error: Error };

/** Graph through the gate: what is read is declared and counted here. */
export interface GraphRequests {
  /** @param readsOf what an answer held, for the touch report */
  get(call: GraphCall, readsOf?: (answer: object) => Reads): Promise<object>;
  bytes(call: GraphCall): Promise<Buffer>;
  /**
   * GETs in one HTTP request, 20 at most; an answer for each path, in order. A part counts against the
   * quota like a request of its own, and Graph runs four at a time (B3).
   */
  batch(method: GraphMethod, paths: readonly string[], reads?: Reads): Promise<PartAnswer[]>;
}

/** Parts of a `$batch` (B3). */
export const BATCH_PARTS = 20;

export const messagePath = (id: string): string => `/me/messages/${encodeURIComponent(id)}`;

export const createRequests = (
  gate: CallGate,
  client: GraphClient,
  options: GraphOptions,
): GraphRequests => ({
  get(call, readsOf) {
    const spec: ProviderCall = { method: call.method, units: 1 };
    return gate(spec, async (access) => {
      const answer = await client.request(call, access);
      if (readsOf) spec.answered = readsOf(answer);
      return answer;
    });
  },

  bytes: (call) => gate({ method: call.method, units: 1 }, (access) => client.bytes(call, access)),

  async batch(method, paths, reads) {
    const spec: ProviderCall = {
      method,
      units: paths.length,
      atOnce: Math.min(paths.length, options.quota.atOnce),
      ...(reads && { reads }),
    };
    const body = { requests: paths.map(toPart) };
    const answer = await gate(spec, async (access) => {
      const call = { method: 'batch', http: 'POST', to: { path: '/$batch' }, body } as const;
      return parts(await client.request(call, access));
    });
    return paths.map((_, index): PartAnswer => {
      const part = answer.get(String(index));
      if (!part) return { ok: false, error: new ProviderUnavailableError('a part is missing') };
      const { status, headers } = part;
      if (status === 200) return { ok: true, body: record(part.body) };
      return {
        ok: false,
        error: classifyAnswer({ status, headers, body: part.body }, { method }),
      };
    });
  },
});

const toPart = (url: string, index: number) => ({
  id: String(index),
  method: 'GET',
  url,
  // The envelope's own headers do not hold for its parts.
  headers: { Prefer: IMMUTABLE_IDS },
});

interface Part {
  status: number;
  headers: Headers;
  body: unknown;
}

/** By id: parts come in the order in which they were done. */
const parts = (answer: object): Map<string, Part> => {
  const found = new Map<string, Part>();
  for (const one of array(record(answer).responses).map(record)) {
    const status = typeof one.status === 'number' ? one.status : 0;
    // One refused part means that all were sent with a dead token.
    if (status === 401) throw new AccessTokenRejectedError('Graph batch: a part answered 401');
    found.set(string(one.id), { status, headers: toHeaders(one.headers), body: one.body });
  }
  return found;
};

const toHeaders = (raw: unknown): Headers => {
  const headers = new Headers();
  for (const [name, value] of Object.entries(record(raw))) {
    if (typeof value === 'string' && /^retry-after$/i.test(name)) headers.set(name, value);
  }
  return headers;
};
