import type { MailMessage, MessageHead } from '../../domain/message.ts';
import {
  AccessTokenRejectedError,
  BrokenAnswerError,
  NotFoundError,
  ProviderUnavailableError,
  RateLimitedError,
  RequestRefusedError,
  ResponseTooLargeError,
} from '../errors.ts';
import type { CallGate, Fetched, ProviderCall } from '../mail-provider.ts';
import { BATCH_BOUNDARY, type BatchPart, buildBatch, parseBatch } from './batch.ts';
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

/** A hiccup of one part; the rest of the batch was fine. */
const HICCUP_MS = 5_000;
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
      if (!(err instanceof BrokenAnswerError)) return toOutcome(id, err);
      // Read twice before it is called poison: the verdict is final for this run.
      return again ? fetchOne(id, kind, false) : unreadable(id, 'unreadable', 'broken JSON');
    }
  };

  const fetchBatch = async <T>(ids: string[], kind: FetchKind<T>): Promise<Fetched<T>[]> => {
    let parts: BatchPart[];
    try {
      parts = await gate(spec(ids.length, kind), async (access) => {
        const body = buildBatch(ids.map((id) => toPath(id, kind.params)));
        return checked(parseBatch(await client.batch(CALL, access, BATCH_BOUNDARY, body)));
      });
    } catch (err) {
      if (!(err instanceof ResponseTooLargeError)) throw err;
      return collect(ids, 1, ([id = '']) => fetchOne(id, kind).then((one) => [one]));
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
        ? collect(unique, options.fetchBatchSize, (chunk) => fetchBatch(chunk, kind))
        : collect(unique, 1, ([id = '']) => fetchOne(id, kind).then((one) => [one]));
    },
  };
};

/**
 * Chunks in turn. Once something was fetched, and paid for, a provider that stops answering
 * costs the rest a retry and not the whole result.
 */
const collect = async <T>(
  ids: readonly string[],
  size: number,
  fetchChunk: (chunk: string[]) => Promise<Fetched<T>[]>,
): Promise<Fetched<T>[]> => {
  const outcomes: Fetched<T>[] = [];
  for (let at = 0; at < ids.length; at += size) {
    try {
      outcomes.push(...(await fetchChunk(ids.slice(at, at + size))));
    } catch (err) {
      const retryAfterMs = waitOf(err);
      if (outcomes.length === 0 || retryAfterMs === null) throw err;
      for (const id of ids.slice(at)) outcomes.push({ id, outcome: 'retry', retryAfterMs });
      break;
    }
  }
  return outcomes;
};

/**
 * What an error means for one message.
 * @param inner it came from one part of a batch, so the provider as a whole is well
 * @throws the error itself where it concerns the whole mailbox
 */
const toOutcome = <T>(id: string, err: unknown, inner = false): Fetched<T> => {
  const retryAfterMs = waitOf(err);
  if (inner && retryAfterMs !== null) return { id, outcome: 'retry', retryAfterMs };
  if (err instanceof NotFoundError) return { id, outcome: 'gone' };
  if (err instanceof ResponseTooLargeError) return unreadable(id, 'too_large', err.message);
  if (err instanceof RequestRefusedError) {
    return unreadable(id, 'refused_by_provider', err.message);
  }
  throw err;
};

const unreadable = <T>(
  id: string,
  code: 'unreadable' | 'too_large' | 'refused_by_provider',
  detail: string,
): Fetched<T> => ({ id, outcome: 'unreadable', code, detail });

/** How long to wait after an error that passes, or null for one that does not. */
const waitOf = (err: unknown): number | null => {
  if (err instanceof RateLimitedError) return err.retryAfterMs;
  return err instanceof ProviderUnavailableError ? HICCUP_MS : null;
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
