import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import type { Logger } from 'pino';
import { ScopeChangedError } from '../db/errors.ts';
import { ContentFreeError, StaleEpochError } from '../domain/errors.ts';
import { ProviderError, RateLimitedError } from '../providers/errors.ts';
import { DataKeyDestroyedError } from '../vault/data-keys.ts';

/**
 * The one translation of errors into Temporal failures. Workflows match the type, since classes do
 * not survive history. Only our own messages pass, which hold ids and numbers, never content; for
 * anything unforeseen the class name is all that histories get, and the log gets the rest.
 */
export function toFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  if (error instanceof ProviderError) {
    return ApplicationFailure.create({
      type: error.name,
      message: error.message,
      nonRetryable: !error.retryable,
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
  });
}

const UNFORESEEN = 'Something unforeseen failed; the worker’s log says what.';

/** Wraps an activity: cancellation wins over whatever its abort made of the running call. */
export function translated<Input, Output>(
  log: Logger,
  activity: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    const { cancellationSignal, cancelled } = Context.current();
    try {
      return await activity(input);
    } catch (error) {
      if (cancellationSignal.aborted) await cancelled;
      log.warn({ activity: Context.current().info.activityType, err: error }, 'activity failed');
      throw toFailure(error);
    }
  };
}
