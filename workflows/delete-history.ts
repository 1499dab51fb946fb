import { getExternalWorkflowHandle, log, upsertSearchAttributes } from '@temporalio/workflow';
import { deletion, destruction, summarised } from './activity-options.ts';
import { inboxWorkflowId } from './ids.ts';
import type { DeleteHistoryInput } from './messages.ts';
import { inboxAttributes } from './search-attributes.ts';

export interface DeleteHistoryResult {
  messagesDeleted: number;
  verdictsDeleted: number;
}

/**
 * Removes what was synced: the secret of the data key first, with which every copy of the mail
 * becomes noise, then the rows, in batches that survive kills, then the receipt.
 */
export async function deleteHistoryWorkflow(
  input: DeleteHistoryInput,
): Promise<DeleteHistoryResult> {
  upsertSearchAttributes(inboxAttributes(input.inboxId, undefined));
  await summarised('The data key’s secret destroyed', destruction.destroyKeys)(input);
  await stopInbox(input.inboxId);
  const deleteRows = summarised('Rows of the history removed', deletion.deleteHistoryTurn);
  let done = false;
  while (!done) ({ done } = await deleteRows(input));
  return await summarised('The receipt of the deletion', deletion.finishDeletion)(input);
}

/** Tidiness only: the raised epoch already keeps the inbox's workflows from reading or writing. */
async function stopInbox(inboxId: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(inboxWorkflowId(inboxId)).cancel();
  } catch {
    log.info('the inbox workflow had already ended');
  }
}
