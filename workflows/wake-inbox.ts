import { getExternalWorkflowHandle, isCancellation, log } from '@temporalio/workflow';
import { inboxWorkflowId } from './ids.ts';
import { wakeSignal } from './messages.ts';

/** What met a dead grant has the inbox look at once: it tells its user, and else knows at its next look. */
export async function wakeInbox(inboxId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(inboxWorkflowId(inboxId)).signal(wakeSignal, {
      reason: 'work',
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.info('no inbox workflow to wake');
  }
}
