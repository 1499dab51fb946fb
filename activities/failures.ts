import { ApplicationFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { ScopeChangedError } from '../db/errors.ts';
import { StaleEpochError } from '../domain/errors.ts';
import { ProviderError, RateLimitedError } from '../providers/errors.ts';
import { DataKeyDestroyedError } from '../vault/data-keys.ts';

/**
 * The one translation of errors into Temporal failures. Workflows match the type, since classes do
 * not survive history. Only our own messages pass, which hold ids and numbers, never content; for
 * anything unforeseen the class name is all that histories get, and the log gets the rest.
 */
export function toFailure(error: unknown): unknown {
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
  return error;
}

/** Wraps an activity: cancellation wins over whatever its abort made of the running call. */
export function translated<Input, Output>(
  activity: (input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return async (input) => {
    const { cancellationSignal, cancelled } = Context.current();
    try {
      return await activity(input);
    } catch (error) {
      if (cancellationSignal.aborted) await cancelled;
      throw toFailure(error);
    }
  };
}
