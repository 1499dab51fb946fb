import { setCurrentDetails } from '@temporalio/workflow';
import { bookkeeping, summarised } from './activity-options.ts';

/** Every few minutes, by a Schedule: what Postgres says and what runs are made to agree. */
export async function reconcileWorkflow(): Promise<Record<string, number>> {
  const drift = await summarised('Compare, and mend what differs', bookkeeping.reconcile)({});
  setCurrentDetails(
    Object.entries(drift)
      .map(([kind, count]) => `${kind}: ${count}`)
      .join('\n\n'),
  );
  return drift;
}
