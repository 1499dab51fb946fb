import { ApplicationFailure, Context, type Info } from '@temporalio/activity';
import { ApplicationFailureCategory, type CancelledFailure } from '@temporalio/common';
import type { Logger } from 'pino';
import { ScopeChangedError } from '../db/errors.ts';
import { ContentFreeError, StaleEpochError } from '../domain/errors.ts';
import { ProviderError, RateLimitedError } from '../providers/errors.ts';
import { DataKeyDestroyedError } from '../vault/data-keys.ts';

type Attempt = Pick<Info, 'attempt' | 'heartbeatTimeoutMs'>;

/**
 * The one translation of errors into Temporal failures. Workflows match the type, since classes do
 * not survive history. Only our own messages pass, which hold ids and numbers, never content; for
 * anything unforeseen the class name is all that histories get, and the log gets the rest.
 */
export function toFailure(error: unknown, attempt: Attempt): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof ProviderError) {
    return ApplicationFailure.create({
      type: error.name,
      message: error.message,
      nonRetryable: !error.retryable,
      ...backoff(attempt, LONGEST_PROVIDER_BACKOFF_MS),
      ...(error instanceof RateLimitedError && {
        nextRetryDelay: error.retryAfterMs,
        category: ApplicationFailureCategory.BENIGN,
      }),
    });
  }
  if (error instanceof StaleEpochError || error instanceof DataKeyDestroyedError) {
    return ApplicationFailure.nonRetryable(error.message, error.name);
  }
  if (error instanceof ScopeChangedError) {
    return ApplicationFailure.create({
      type: error.name,
      message: error.message,
      nextRetryDelay: 1,
    });
  }
  return ApplicationFailure.create({
    type: error instanceof Error ? error.name : typeof error,
    message: error instanceof ContentFreeError ? error.message : UNFORESEEN,
    ...backoff(attempt, LONGEST_BACKOFF_MS),
  });
}

const UNFORESEEN = 'Something unforeseen failed; the worker’s log says what.';

const FIRST_BACKOFF_MS = 2_000;
const LONGEST_BACKOFF_MS = 60_000;
/** Outages of a provider last, and every inbox asks. */
const LONGEST_PROVIDER_BACKOFF_MS = 5 * 60_000;

/**
 * What fails by itself waits longer each time. For activities with a heartbeat this is said here and
 * not by their retry policy, which is for workers that ended: attempts that deploys have cut short
 * must not make the next one wait.
 */
function backoff(
  { attempt, heartbeatTimeoutMs }: Attempt,
  longestMs: number,
): { nextRetryDelay?: number } {
  if (!heartbeatTimeoutMs) return {};
  return { nextRetryDelay: Math.min(FIRST_BACKOFF_MS * 2 ** (attempt - 1), longestMs) };
}

/** The next worker takes it up at once. */
const workerStopped = (): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'WorkerStopped',
    message: 'The worker was stopped before the activity had ended. Another one goes on.',
    nextRetryDelay: 1,
    category: ApplicationFailureCategory.BENIGN,
  });

/** As the SDK says it in the message of the CancelledFailure. */
const SHUTDOWN = 'WORKER_SHUTDOWN';

/** Runs an activity: cancellation wins over whatever its abort made of the running call. */
export async function translated<Output>(log: Logger, run: () => Promise<Output>): Promise<Output> {
  const { cancellationSignal, info } = Context.current();
  try {
    return await run();
  } catch (error) {
    if (cancellationSignal.aborted) {
      const cancellation: CancelledFailure = cancellationSignal.reason;
      throw cancellation.message === SHUTDOWN ? workerStopped() : cancellation;
    }
    log.warn({ activity: info.activityType, err: error }, 'activity failed');
    throw toFailure(error, info);
  }
}
