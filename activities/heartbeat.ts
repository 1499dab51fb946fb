import { Context } from '@temporalio/activity';

/** Well under the heartbeat time-outs in workflows/activity-options.ts. */
const BEAT_MS = 3_000;

/**
 * Beats while `work` runs, also while it waits for quota, so that a dead worker is noticed in
 * seconds and a cancellation arrives in seconds.
 */
export async function withHeartbeat<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(), BEAT_MS);
  try {
    return await work(context.cancellationSignal);
  } finally {
    clearInterval(timer);
  }
}
