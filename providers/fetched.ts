import type { MailMessage, MessageHead } from '../domain/message.ts';
import {
  BrokenAnswerError,
  NotFoundError,
  ProviderUnavailableError,
  RateLimitedError,
  RequestRefusedError,
  ResponseTooLargeError,
} from './errors.ts';
import type { Fetched } from './mail-provider.ts';

/** A hiccup of one part of a batch; the rest of it was fine. */
export const HICCUP_MS = 5_000;

/**
 * Chunks in turn. Once something was fetched, and paid for, a provider that stops answering
 * costs the rest a retry and not the whole result.
 */
export const fetchInChunks = async <T>(
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
export const toOutcome = <T>(id: string, err: unknown, inner = false): Fetched<T> => {
  const retryAfterMs = waitOf(err);
  if (inner && retryAfterMs !== null) return { id, outcome: 'retry', retryAfterMs };
  if (err instanceof NotFoundError) return { id, outcome: 'gone' };
  if (err instanceof BrokenAnswerError) return unreadable(id, 'unreadable', 'broken JSON');
  if (err instanceof ResponseTooLargeError) return unreadable(id, 'too_large', err.message);
  if (err instanceof RequestRefusedError) return unreadable(id, 'refused_by_provider', err.message);
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

/** A mapped message, or why nothing could be made of it. */
export type Mapped<T> = { ok: true; message: T } | { ok: false; detail: string };

export const toFetched = <T>(id: string, mapped: Mapped<T>): Fetched<T> =>
  mapped.ok
    ? { id, outcome: 'found', message: mapped.message }
    : unreadable(id, 'unreadable', mapped.detail);

/** Mapping must never throw: one message that nobody foresaw would stop all behind it. */
export const guarded = <T extends MessageHead | MailMessage>(map: () => Mapped<T>): Mapped<T> => {
  try {
    return map();
  } catch (err) {
    // The message of an unforeseen error may quote mail; its class may not.
    return { ok: false, detail: err instanceof Error ? err.name : 'unknown error' };
  }
};
