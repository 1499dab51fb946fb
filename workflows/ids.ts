/** Workflow ids, built from an inbox id. They are stored in Temporal: changing one is a migration. */
export const inboxWorkflowId = (inboxId: string): string => `inbox/${inboxId}`;

export const backfillWorkflowId = (inboxId: string, n: number): string =>
  `inbox/${inboxId}/backfill/${n}`;

export const syncWorkflowId = (inboxId: string): string => `inbox/${inboxId}/sync`;

export const deleteHistoryWorkflowId = (inboxId: string): string =>
  `inbox/${inboxId}/delete-history`;
