/** Workflow ids, built from an inbox id. They are stored in Temporal: changing one is a migration. */
export const inboxWorkflowId = (inboxId: string): string => `inbox/${inboxId}`;

export const backfillWorkflowId = (inboxId: string, n: number): string =>
  `inbox/${inboxId}/backfill/${n}`;

export const syncWorkflowId = (inboxId: string): string => `inbox/${inboxId}/sync`;

/**
 * One per deletion: an inbox may be deleted again while the workflow of the deletion before is ending,
 * and whoever joined that one would wait for ever.
 */
export const deleteHistoryWorkflowId = (inboxId: string, epoch: number): string =>
  `inbox/${inboxId}/delete-history/${epoch}`;

export const sendWorkflowId = (inboxId: string, idempotencyKey: string): string =>
  `inbox/${inboxId}/send/${idempotencyKey}`;

export const endpointWorkflowId = (endpointId: string): string => `endpoint/${endpointId}`;

export const rotateDataKeyWorkflowId = (inboxId: string): string => `inbox/${inboxId}/rotate-key`;

export const rewrapKeysWorkflowId = 'keys/rewrap';

/**
 * Backfills wait for quota most of their time and must not hold the slots that live mail needs: their
 * long activities have a queue of their own.
 */
export const backfillTaskQueue = (taskQueue: string): string => `${taskQueue}-backfill`;

/** Schedules and their workflows: one per task queue, as several deployments may share a namespace. */
export const reconcileScheduleId = (taskQueue: string): string => `ops/${taskQueue}/reconcile`;

export const completenessScheduleId = (taskQueue: string): string =>
  `ops/${taskQueue}/completeness`;
