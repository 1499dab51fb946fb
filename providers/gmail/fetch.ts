import type { MailMessage, MessageHead } from '../../domain/message.ts';
import {
  AccessTokenRejectedError,
  BrokenAnswerError,
  ProviderUnavailableError,
  ResponseTooLargeError,
} from '../errors.ts';
import { fetchInChunks, HICCUP_MS, toOutcome } from '../fetched.ts';
import type { CallGate, Fetched, ProviderCall } from '../mail-provider.ts';
import { type BatchPart, buildBatch, parseBatch } from './batch.ts';
import type { GmailClient } from './client.ts';
import { classifyAnswer } from './errors.ts';
import type { GmailOptions } from './options.ts';

/** What to ask for. */
export interface FetchRequest {
  /** Parameters of `messages.get` besides the id. */
  params: { format: 'metadata' | 'full'; fields: string; metadataHeaders?: string[] };
  /** What n messages count in the touch report. */
  reads: (count: number) => ProviderCall['reads'];
}

/** A way of reading messages: what to ask for and how to map the answer. */
export interface FetchKind<T> extends FetchRequest {
  /** The answer as outcome; may fetch what the answer lacks. */
  map: (id: string, raw: unknown) => Fetched<T> | Promise<Fetched<T>>;
}

export interface Fetcher {
  fetch<T extends MessageHead | MailMessage>(
    ids: readonly string[],
    kind: FetchKind<T>,
  ): Promise<Fetched<T>[]>;
}

const CALL = { method: 'messages.get' } as const;

/**
 * Reads messages by id, in batches or one by one, never in parallel: Gmail counts the parts of a
 * batch as concurrent already, and asks not to parallelise one user (reference A1, A3).
 */
export const createFetcher = (
  gate: CallGate,
  client: GmailClient,
  options: GmailOptions,
): Fetcher => {
  const price = options.quota.units['messages.get'];
  const spec = (count: number, kind: FetchRequest): ProviderCall => ({
    method: CALL.method,
    units: price * count,
    reads: kind.reads(count),
  });

  const getRaw = (id: string, kind: FetchRequest): Promise<unknown> =>
    gate(spec(1, kind), (access) =>
      client.request(CALL, access, (users, http) =>
        users.messages.get({ userId: 'me', id, ...kind.params }, http),
      ),
    );

  const fetchOne = async <T>(id: string, kind: FetchKind<T>, again = true): Promise<Fetched<T>> => {
    try {
      return await kind.map(id, await getRaw(id, kind));
    } catch (err) {
      // Read twice before it is called poison: the verdict is final for this run.
      if (err instanceof BrokenAnswerError && again) return fetchOne(id, kind, false);
      return toOutcome(id, err);
    }
  };

  const fetchBatch = async <T>(ids: string[], kind: FetchKind<T>): Promise<Fetched<T>[]> => {
    let parts: BatchPart[];
    try {
      parts = await gate(spec(ids.length, kind), async (access) => {
        const batch = buildBatch(ids.map((id) => toPath(id, kind.params)));
        return checked(parseBatch(await client.batch(CALL, access, batch)));
      });
    } catch (err) {
      if (!(err instanceof ResponseTooLargeError)) throw err;
      return fetchInChunks(ids, 1, ([id = '']) => fetchOne(id, kind).then((one) => [one]));
    }
    const byId = matchParts(ids, parts);
    if (byId.size === 0) throw new ProviderUnavailableError('Gmail batch: no part is ours');
    const outcomes: Fetched<T>[] = [];
    for (const id of ids) outcomes.push(await fromPart(id, byId.get(id), kind));
    return outcomes;
  };

  const fromPart = async <T>(
    id: string,
    part: BatchPart | undefined,
    kind: FetchKind<T>,
  ): Promise<Fetched<T>> => {
    if (!part) return { id, outcome: 'retry', retryAfterMs: HICCUP_MS };
    try {
      if (part.status !== 200) throw classifyAnswer(part, CALL);
      return await (part.body === undefined ? fetchOne(id, kind) : kind.map(id, part.body));
    } catch (err) {
      return toOutcome(id, err, true);
    }
  };

  return {
    fetch(ids, kind) {
      const unique = [...new Set(ids)];
      return options.fetchBatchSize > 1
        ? fetchInChunks(unique, options.fetchBatchSize, (chunk) => fetchBatch(chunk, kind))
        : fetchInChunks(unique, 1, ([id = '']) => fetchOne(id, kind).then((one) => [one]));
    },
  };
};

/** One refused part means all were sent with a dead token. */
const checked = (parts: BatchPart[]): BatchPart[] => {
  if (parts.some((part) => part.status === 401)) {
    throw new AccessTokenRejectedError('Gmail batch: a part answered 401');
  }
  return parts;
};

/** By Content-ID, else by the id in the message; never by position, which a lost part shifts. */
const matchParts = (ids: string[], parts: BatchPart[]): Map<string, BatchPart> => {
  const byId = new Map<string, BatchPart>();
  for (const part of parts) {
    const own = (part.body as { id?: unknown } | null | undefined)?.id;
    const id = part.index === null ? ids.find((known) => known === own) : ids[part.index];
    if (id !== undefined && !byId.has(id)) byId.set(id, part);
  }
  return byId;
};

const toPath = (id: string, { format, fields, metadataHeaders }: FetchRequest['params']) => {
  const query = new URLSearchParams({ format, fields });
  for (const header of metadataHeaders ?? []) query.append('metadataHeaders', header);
  return `/gmail/v1/users/me/messages/${encodeURIComponent(id)}?${query}`;
};
