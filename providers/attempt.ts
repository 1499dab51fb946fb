import {
  BrokenAnswerError,
  ProviderError,
  ProviderUnavailableError,
  ResponseTooLargeError,
} from './errors.ts';
import { TooManyBytesError } from './http.ts';

/**
 * Makes one attempt. Only the sending is guarded: a mistake of ours must not pass for a provider
 * that is away.
 * @param what provider and method, `Gmail messages.list`
 * @throws ProviderError, or the signal's own reason when our side stopped the call
 */
export const attempt = async <T>(
  what: string,
  signal: AbortSignal,
  send: () => Promise<T>,
): Promise<T> => {
  try {
    signal.throwIfAborted();
    return await send();
  } catch (err) {
    throw toProviderError(err, what, signal);
  }
};

/**
 * Whatever an HTTP attempt threw, as a ProviderError. The library's error is not kept as cause:
 * its URL holds contact addresses, its answer mail, and causes reach logs and histories.
 * @throws the signal's own reason when our side stopped the call, unless that was a time-out
 */
export const toProviderError = (err: unknown, what: string, signal: AbortSignal): ProviderError => {
  if (err instanceof ProviderError) return err;
  if (signal.aborted && !isTimeout(signal.reason)) throw signal.reason;
  if (causes(err).some((cause) => cause instanceof TooManyBytesError)) {
    return new ResponseTooLargeError(`${what}: the answer is too large`);
  }
  return new ProviderUnavailableError(`${what}: no answer (${failureCode(err)})`);
};

/** A proxy's web page says nothing about what was asked for; broken JSON may. */
export const notJson = (what: string, headers: Headers): ProviderUnavailableError =>
  /json/i.test(headers.get('content-type') ?? '')
    ? new BrokenAnswerError(`${what}: the answer is broken JSON`)
    : new ProviderUnavailableError(`${what}: the answer is not JSON`);

/** `ECONNRESET`, `TimeoutError` and the like; never a message, which may hold the URL. */
export const failureCode = (err: unknown): string => {
  const chain = causes(err);
  if (chain.some(isTimeout)) return 'TimeoutError';
  const codes = chain.map((cause) => (cause as { code?: unknown }).code);
  return String(codes.find((code) => typeof code === 'string') ?? 'unknown');
};

/** AbortSignal.timeout ended it: the provider was slow, nobody cancelled. */
export const isTimeout = (reason: unknown): boolean =>
  reason instanceof Error && reason.name === 'TimeoutError';

/** Fetch wraps the reason in "fetch failed", the API libraries wrap that again. */
const causes = (err: unknown): Error[] => {
  const chain: Error[] = [];
  for (let at = err; at instanceof Error && chain.length < 5; at = at.cause) chain.push(at);
  return chain;
};
