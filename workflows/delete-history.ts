import { getExternalWorkflowHandle, log, upsertSearchAttributes } from '@temporalio/workflow';
import { deletion } from './activity-options.ts';
import { inboxWorkflowId } from './ids.ts';
import type { DeleteHistoryInput } from './messages.ts';
import { inboxAttributes } from './search-attributes.ts';

export interface DeleteHistoryResult {
  messagesDeleted: number;
  verdictsDeleted: number;
}

/**
 * Removes what was synced. The data key went with the accepting transaction, so that nothing can be
 * read from then on; this only clears the rows, in batches that survive kills, and writes the receipt.
 */
export async function deleteHistoryWorkflow(
  input: DeleteHistoryInput,
): Promise<DeleteHistoryResult> {
  upsertSearchAttributes(inboxAttributes(input.inboxId, undefined));
  await stopInbox(input.inboxId);
  let done = false;
  while (!done) ({ done } = await deletion.deleteHistoryTurn(input));
  return await deletion.finishDeletion(input);
}

/** Tidiness only: the raised epoch already keeps the inbox's workflows from reading or writing. */
async function stopInbox(inboxId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(inboxWorkflowId(inboxId)).cancel();
  } catch {
    log.info('the inbox workflow had already ended', { inboxId });
  }
}
