import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { RunningInboxes } from '../activities/deps.ts';
import { inboxWorkflowId } from '../workflows/ids.ts';

const PREFIX = inboxWorkflowId('');

/** The inbox workflows of one task queue, by what Temporal's visibility store says. */
export function runningInboxes(client: Client, taskQueue: string): RunningInboxes {
  const query = `WorkflowType = "inboxWorkflow" AND ExecutionStatus = "Running" AND TaskQueue = "${taskQueue}"`;
  return {
    list: async () => {
      const ids: string[] = [];
      for await (const { workflowId } of client.workflow.list({ query, pageSize: 1_000 })) {
        ids.push(workflowId.slice(PREFIX.length));
      }
      return ids;
    },
    cancel: async (inboxId) => {
      try {
        await client.workflow.getHandle(inboxWorkflowId(inboxId)).cancel();
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
  };
}
