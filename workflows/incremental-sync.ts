import type { SyncedChanges } from '../activities/sync-changes.ts';
import { live, summarised } from './activity-options.ts';
import type { SyncInput } from './messages.ts';

/** Drains the provider's changes from the stored cursor to the head, then ends. */
export async function incrementalSyncWorkflow(input: SyncInput): Promise<SyncedChanges> {
  return await summarised('Changes up to the provider’s head', live.syncChanges)(input);
}
