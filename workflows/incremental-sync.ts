import { live, summarised } from './activity-options.ts';
import type { SyncInput } from './messages.ts';

export interface SyncResult {
  seen: number;
  stored: number;
  /** True when the sync left work behind: an expired cursor opened a gap to be closed. */
  workFound: boolean;
  /** More messages than asked for: nothing was done about them. */
  tooMany?: boolean;
  /** More may have come that nobody has announced. */
  goesOn?: boolean;
}

/** Drains the provider's changes from the stored cursor to the head, then ends. */
export async function incrementalSyncWorkflow(input: SyncInput): Promise<SyncResult> {
  return await summarised('Changes up to the provider’s head', live.syncChanges)(input);
}
