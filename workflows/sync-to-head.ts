import {
  ChildWorkflowCancellationType,
  executeChild,
  patched,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import type { SyncedChanges } from '../activities/sync-changes.ts';
import { live, summarised } from './activity-options.ts';
import { syncWorkflowId } from './ids.ts';
import { incrementalSyncWorkflow } from './incremental-sync.ts';
import type { InboxInput, InboxRunState } from './messages.ts';
import { inboxAttributes } from './search-attributes.ts';

/** Messages that one push or poll announces; more are a catch-up. */
const A_FEW = 20;

/** As `UNANNOUNCED_MS` in activities/sync-changes.ts, by a timer of the inbox's. */
const SECOND_LOOK_MS = 1_500;

/**
 * A few changes are one activity of the inbox; to catch up with many is a workflow of its own, which
 * is found and cancelled by its name. Were every mail one, its workflow would cost two thirds of what
 * it takes to wake an inbox (docs/adr/029).
 */
export async function syncToHead(input: InboxInput, state: InboxRunState): Promise<SyncedChanges> {
  if (!patched('2026-11-23-few-changes-without-a-child')) {
    const synced = await catchUp(input, state);
    if (synced.seen > 0) {
      state.nextCheckAt = Math.min(state.nextCheckAt, Date.now() + SECOND_LOOK_MS);
    }
    return synced;
  }
  const { inboxId, epoch } = input;
  const sync = summarised('Changes up to the provider’s head', live.syncChanges);
  const synced = await sync({ inboxId, epoch, atMost: A_FEW });
  return synced.tooMany ? await catchUp(input, state) : synced;
}

const catchUp = (
  { inboxId, epoch }: InboxInput,
  { owner }: InboxRunState,
): Promise<SyncedChanges> =>
  executeChild(incrementalSyncWorkflow, {
    workflowId: syncWorkflowId(inboxId),
    args: [{ inboxId, epoch }],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    staticSummary: 'Catches up to the provider’s head',
    typedSearchAttributes: inboxAttributes(inboxId, owner),
  });
