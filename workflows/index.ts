export { backfillWorkflow } from './backfill.ts';
export { completenessWorkflow } from './completeness.ts';
export { deleteHistoryWorkflow } from './delete-history.ts';
export { deliverEventsWorkflow } from './deliver-events.ts';
export { inboxWorkflow } from './inbox.ts';
export { incrementalSyncWorkflow } from './incremental-sync.ts';
export { reconcileWorkflow } from './reconcile.ts';
export { rewrapKeysWorkflow, rotateDataKeyWorkflow } from './rotate-keys.ts';
export { sendMessageWorkflow } from './send-message.ts';
