import { sleep } from '@temporalio/workflow';
import { bookkeeping, summarised } from './activity-options.ts';

/** Spreads the checks of many inboxes over the night. */
const BETWEEN_BATCHES = '30 seconds';
/** 100,000 inboxes; the rest is first tomorrow, as its last check is older. */
const MAX_BATCHES = 1_000;

/**
 * Nightly, by a Schedule: asks every connected inbox to search its window for mail that has no verdict.
 * The inbox's own workflow runs the check, as a backfill of kind `check`.
 */
export async function completenessWorkflow(): Promise<{ batches: number }> {
  const request = summarised('Ask a batch of inboxes', bookkeeping.requestCompletenessChecks);
  for (let batches = 1; ; batches += 1) {
    const { more } = await request({});
    if (!more || batches === MAX_BATCHES) return { batches };
    await sleep(BETWEEN_BATCHES);
  }
}
