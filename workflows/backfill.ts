import {
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  sleep,
} from '@temporalio/workflow';
import { bookkeeping, longTurns, notification } from './activity-options.ts';
import { shouldContinueAsNew } from './continue-policy.ts';
import { failureType, needsUser } from './failure-type.ts';
import { inboxWorkflowId } from './ids.ts';
import { type BackfillInput, wakeSignal } from './messages.ts';

export interface BackfillResult {
  outcome: 'completed' | 'completed_with_failures' | 'interrupted';
  seen: number;
  stored: number;
}

/**
 * One run over a window: plan, import in long turns, receipt, mail. Slices, page tokens and verdicts
 * are rows in Postgres, so that a restart repeats at most one bundle, and a run that was interrupted
 * (disconnect, lost grant) is taken up by the next workflow with the same number.
 */
export async function backfillWorkflow(input: BackfillInput): Promise<BackfillResult> {
  try {
    return await runBackfill(input);
  } catch (error) {
    if (isCancellation(error)) return interrupted;
    const type = failureType(error);
    if (type === 'StaleEpoch') return interrupted;
    if (!needsUser(type)) {
      // What retrying cannot help must not be started again at every look: it is an operator's now.
      if (type !== null) await bookkeeping.failBackfill(input);
      throw error;
    }
    await bookkeeping.requireReconnect({
      inboxId: input.inboxId,
      epoch: input.epoch,
      failure: type,
    });
    await wakeParent(input.inboxId);
    return interrupted;
  }
}

/** The inbox workflow tells the user; without this it would notice at its next check only. */
async function wakeParent(inboxId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(inboxWorkflowId(inboxId)).signal(wakeSignal, {
      reason: 'work',
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.info('no inbox workflow to wake', { inboxId });
  }
}

const interrupted: BackfillResult = { outcome: 'interrupted', seen: 0, stored: 0 };

/** Long enough not to spin at a provider that answers one call in two. */
const AFTER_EARLY_END = '1 second';

async function runBackfill(input: BackfillInput): Promise<BackfillResult> {
  const { importSlices } = longTurns();
  let done = false;
  while (!done) {
    const turn = await importSlices(input);
    done = turn.done;
    if (turn.endedEarly) await sleep(AFTER_EARLY_END);
    // Hours of a flapping provider are many turns.
    if (!done && shouldContinueAsNew()) await continueAsNew<typeof backfillWorkflow>(input);
    setCurrentDetails(
      `Slices ${turn.slicesDone} of ${turn.slices} · seen ${turn.seen} · stored ${turn.stored}`,
    );
  }
  const { state, receipt, notify } = await bookkeeping.finishBackfill(input);
  if (notify) await notification.notifyBackfill(input);
  return { outcome: state, seen: receipt.seen, stored: receipt.stored };
}
