import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import {
  deleteHistoryWorkflowId,
  endpointWorkflowId,
  inboxWorkflowId,
  reconcileScheduleId,
  sendWorkflowId,
} from '../workflows/ids.ts';
import {
  connectedSignal,
  type DeleteHistoryInput,
  type DeliverEventsInput,
  type WakeReason,
  wakeSignal,
} from '../workflows/messages.ts';
import { inboxAttributes } from '../workflows/search-attributes.ts';

/** What the API tells Temporal. Each may be told again: the answer is the same (idempotent). */
export interface WorkflowControl {
  /** Starts the inbox's workflow, or tells a running one of its new epoch. */
  open(inbox: { inboxId: string; epoch: number }): Promise<void>;
  /** Never starts one. @returns false when none runs */
  wake(inboxId: string, reason: WakeReason): Promise<boolean>;
  close(inboxId: string): Promise<void>;
  deleteHistory(input: DeleteHistoryInput): Promise<void>;
  /** Leaves a running one alone. */
  sendMessage(send: { id: string; inboxId: string; idempotencyKey: string }): Promise<void>;
  /** Leaves a running one alone: it looks for what is due until there is nothing. */
  deliverEvents(input: DeliverEventsInput): Promise<void>;
  /** Compares Postgres with what runs, now instead of at the next turn of the schedule. */
  reconcile(): Promise<void>;
  /** @throws when Temporal cannot be reached */
  check(): Promise<void>;
}

/** A command waits no longer for Temporal; it is then tried again. */
const DEADLINE_MS = 5_000;
const CHECK_DEADLINE_MS = 1_500;

/** Types are named, not imported: the API never loads workflow code. */
const INBOX_WORKFLOW = 'inboxWorkflow';
const DELETE_HISTORY_WORKFLOW = 'deleteHistoryWorkflow';
const SEND_MESSAGE_WORKFLOW = 'sendMessageWorkflow';
const DELIVER_EVENTS_WORKFLOW = 'deliverEventsWorkflow';

type TemporalClient = Pick<Client, 'workflow' | 'schedule' | 'connection' | 'withDeadline'>;

export function createWorkflowControl(client: TemporalClient, taskQueue: string): WorkflowControl {
  const soon = <T>(call: () => Promise<T>) => client.withDeadline(Date.now() + DEADLINE_MS, call);
  const again = {
    taskQueue,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  };
  return {
    open: async ({ inboxId, epoch }) => {
      await soon(() =>
        client.workflow.signalWithStart(INBOX_WORKFLOW, {
          ...again,
          workflowId: inboxWorkflowId(inboxId),
          args: [{ inboxId, epoch }],
          signal: connectedSignal,
          signalArgs: [{ epoch }],
          staticSummary: 'Keeps one inbox in sync',
          staticDetails:
            'Runs from connect to disconnect and waits most of the time. Postgres is the truth: ' +
            `\`npm run ops -- inbox show ${inboxId}\`.`,
        }),
      );
    },
    wake: (inboxId, reason) => {
      const handle = client.workflow.getHandle(inboxWorkflowId(inboxId));
      return unlessEnded(soon(() => handle.signal(wakeSignal, { reason })));
    },
    close: (inboxId) => {
      const handle = client.workflow.getHandle(inboxWorkflowId(inboxId));
      return unlessEnded(soon(() => handle.cancel())).then(() => {});
    },
    deleteHistory: async (input) => {
      await soon(() =>
        client.workflow.start(DELETE_HISTORY_WORKFLOW, {
          ...again,
          workflowId: deleteHistoryWorkflowId(input.inboxId, input.epoch),
          args: [input],
          staticSummary: 'Removes the rows of a deleted history',
        }),
      );
    },
    sendMessage: async ({ id, inboxId, idempotencyKey }) => {
      await soon(() =>
        client.workflow.start(SEND_MESSAGE_WORKFLOW, {
          ...again,
          workflowId: sendWorkflowId(inboxId, idempotencyKey),
          args: [{ inboxId, outgoingId: id }],
          staticSummary: 'Sends one message, once',
          typedSearchAttributes: inboxAttributes(inboxId, undefined),
        }),
      );
    },
    deliverEvents: async (input) => {
      await soon(() =>
        client.workflow.start(DELIVER_EVENTS_WORKFLOW, {
          ...again,
          workflowId: endpointWorkflowId(input.endpointId),
          args: [input],
          staticSummary: 'Delivers the events that wait for one endpoint',
        }),
      );
    },
    reconcile: () => {
      const schedule = client.schedule.getHandle(reconcileScheduleId(taskQueue));
      return soon(() => schedule.trigger());
    },
    check: async () => {
      const { workflowService } = client.connection;
      await client.withDeadline(Date.now() + CHECK_DEADLINE_MS, () =>
        workflowService.getSystemInfo({}),
      );
    },
  };
}

/** @returns false when no such workflow runs */
async function unlessEnded(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
