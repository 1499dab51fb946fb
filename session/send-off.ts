import { ProviderUnavailableError } from '../providers/errors.ts';
import { untilSent } from './until-sent.ts';

/** Bounds how long a slow connect can hold a fence, and with it a disconnect. */
const CONNECT_PATIENCE_MS = 2_000;

class SlowConnectError extends ProviderUnavailableError {
  constructor() {
    super(`The provider did not take the connection within ${CONNECT_PATIENCE_MS} ms.`);
  }
}

/** The call has failed, and it is certain that its request never left: it may be made again. */
export class NeverLeftError extends ProviderUnavailableError {}

/**
 * Starts a call in the transaction of a fence, which may end when this resolves: the request has
 * left, or will not leave any more. The answer is awaited outside.
 * @returns its result, which may throw NeverLeftError
 */
export async function sendOff<T>(
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
  start: (signal: AbortSignal) => Promise<T>,
): Promise<{ result: Promise<T> }> {
  const slowConnect = new AbortController();
  const ends = AbortSignal.any([
    slowConnect.signal,
    AbortSignal.timeout(timeoutMs),
    ...(signal ? [signal] : []),
  ]);
  const { result, sent, neverLeft } = untilSent(() => start(ends));
  const timer = setTimeout(() => slowConnect.abort(new SlowConnectError()), CONNECT_PATIENCE_MS);
  await sent;
  clearTimeout(timer);
  const told = result.catch((error: unknown) => {
    const unsent = error instanceof ProviderUnavailableError && neverLeft();
    throw unsent ? new NeverLeftError(error.message, { cause: error }) : error;
  });
  // It may fail before somebody waits for it.
  told.catch(() => {});
  return { result: told };
}
