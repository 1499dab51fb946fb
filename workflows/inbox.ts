import { type SearchAttributePair, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  sleep,
  startChild,
  upsertSearchAttributes,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { bookkeeping, live, NEEDS_USER, notification, summarised } from './activity-options.ts';
import { backfillWorkflow } from './backfill.ts';
import { shouldContinueAsNew } from './continue-policy.ts';
import { inboxDetails } from './details.ts';
import { failureType, needsUser } from './failure-type.ts';
import { backfillWorkflowId } from './ids.ts';
import {
  connectedSignal,
  type InboxInput,
  type InboxRunState,
  statusQuery,
  wakeSignal,
} from './messages.ts';
import {
  backfillAttributes,
  inboxAttributes,
  inboxStateAttribute,
  type ShownInboxState,
} from './search-attributes.ts';
import { syncToHead } from './sync-to-head.ts';
import { tellUser } from './tell-user.ts';

/** How long after an unexpected failure the inbox looks again. */
const RECOVERY_MS = 5 * 60_000;

export type InboxOutcome = { outcome: 'disconnected' | 'stale' };

/**
 * One per connected inbox, from connect to disconnect. It holds control state only: Postgres is the
 * truth for mail, verdicts, cursors and the epoch, and every write is fenced there. Disconnect is a
 * cancellation; it ends this workflow normally, so that a late signal cannot bring it back.
 */
export async function inboxWorkflow(input: InboxInput): Promise<InboxOutcome> {
  const state: InboxRunState = input.state ?? firstState();
  // After a continue-as-new the server hands search attributes on.
  if (!input.state) show(state, 'opening', inboxAttributes(input.inboxId, undefined));
  let nextEpoch = input.epoch;

  setHandler(wakeSignal, ({ reason }) => {
    if (reason === 'mail') state.mailDirty = true;
    else state.workDirty = true;
  });
  setHandler(connectedSignal, ({ epoch }) => {
    nextEpoch = Math.max(nextEpoch, epoch);
  });
  setHandler(statusQuery, () => ({ ...state, epoch: input.epoch }));

  const reconnected = (): boolean => nextEpoch > input.epoch;
  try {
    await runInbox(input, state, reconnected);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    state.phase = 'closing';
    show(state, 'disconnected');
    await CancellationScope.nonCancellable(() => cancelBackfills(input.inboxId, state.backfills));
  }
  // A reconnect that raced with the end of this run must not be lost with it.
  if (reconnected()) {
    await continueAsNew<typeof inboxWorkflow>({ inboxId: input.inboxId, epoch: nextEpoch });
  }
  return { outcome: state.phase === 'closing' ? 'disconnected' : 'stale' };
}

/** Ends when the inbox was reconnected or its epoch is stale; cancellation passes through. */
async function runInbox(
  input: InboxInput,
  state: InboxRunState,
  reconnected: () => boolean,
): Promise<void> {
  const woken = (): boolean => state.mailDirty || state.workDirty || reconnected();
  while (!reconnected()) {
    try {
      // A wake does not hurry an opening that failed, or it would spin at the provider.
      const ready = state.phase === 'opening' ? reconnected : woken;
      const waitMs = state.nextCheckAt - Date.now();
      setCurrentDetails(inboxDetails(input.epoch, state));
      if (waitMs > 0) await condition(ready, waitMs);
      if (reconnected()) return;
      if (state.phase === 'opening') await openInbox(input, state);
      if (state.mailDirty) await syncNow(input, state);
      if (state.workDirty || Date.now() >= state.nextCheckAt) await lookForWork(input, state);
      show(state, 'connected');
    } catch (error) {
      const goOn = await recover(input, state, error);
      if (!goOn) return;
      if (state.phase === 'needs_reconnect') await condition(reconnected);
    }
    if (!reconnected() && shouldContinueAsNew()) {
      await continueAsNew<typeof inboxWorkflow>({ ...input, state });
    }
  }
}

/**
 * A long-lived workflow must not die of one failure: what only the user can mend is waited for,
 * anything else is tried again at the next check. @returns false when the epoch is stale
 */
async function recover(input: InboxInput, state: InboxRunState, error: unknown): Promise<boolean> {
  const type = failureType(error);
  if (type === null) throw error;
  state.lastFailure = { at: Date.now(), type };
  const inbox = { inboxId: input.inboxId, epoch: input.epoch };
  const status = needsUser(type)
    ? await summarised(NEEDS_USER, bookkeeping.requireReconnect)({ ...inbox, failure: type })
    : await summarised('Whether the inbox is still ours', bookkeeping.readStatus)(inbox);
  if (status === 'stale') return false;
  if (status === 'needs_reconnect') {
    state.phase = 'needs_reconnect';
    show(state, 'needs_reconnect');
    setCurrentDetails(inboxDetails(input.epoch, state));
    const notify = summarised('Mail: reconnect your inbox', notification.notifyReconnect);
    await tellUser(() => notify(inbox));
    return true;
  }
  log.warn('the inbox goes on after a failure', { type });
  state.nextCheckAt = Date.now() + RECOVERY_MS;
  show(state, 'failing');
  return true;
}

async function openInbox(input: InboxInput, state: InboxRunState): Promise<void> {
  const open = summarised('Own addresses, watch, due backfills', live.openInbox);
  const opened = await open({ inboxId: input.inboxId, epoch: input.epoch });
  state.owner = opened.owner;
  show(state, 'connected', inboxAttributes(input.inboxId, opened.owner));
  state.phase = 'live';
  state.coalesceMs = opened.coalesceMs;
  state.nextCheckAt = Date.now() + opened.nextCheckMs;
  await startBackfills(input, state, opened.due);
}

/** Timer or a `work` wake: renews the watch, finds due backfills, peeks for missed changes. */
async function lookForWork(input: InboxInput, state: InboxRunState): Promise<void> {
  state.workDirty = false;
  const check = summarised('Missed changes, watch, due backfills', live.checkInbox);
  const checked = await check({ inboxId: input.inboxId, epoch: input.epoch });
  state.nextCheckAt = Date.now() + checked.nextCheckMs;
  state.mailDirty ||= checked.changed;
  await startBackfills(input, state, checked.due);
}

/** The first wake syncs at once; those that come while it runs or shortly after share the next. */
async function syncNow(input: InboxInput, state: InboxRunState): Promise<void> {
  state.mailDirty = false;
  const startedAt = Date.now();
  const { seen, stored, workFound, goesOn = false } = await syncToHead(input, state);
  state.lastSync = { at: startedAt, seen, stored };
  state.workDirty ||= workFound;
  state.mailDirty ||= goesOn;
  const rest = state.coalesceMs - (Date.now() - startedAt);
  if (state.mailDirty && rest > 0) await sleep(rest);
}

/**
 * Abandoned by policy: a child does not survive its parent's continue-as-new otherwise. Out of reach
 * of a cancellation, which would leave the start of an abandoned child unanswered and this workflow
 * waiting for ever; it is noticed right after, and then cancels what was started.
 */
async function startBackfills(
  input: InboxInput,
  state: InboxRunState,
  due: number[],
): Promise<void> {
  await CancellationScope.nonCancellable(() => startEach(input, state, due));
}

async function startEach(input: InboxInput, state: InboxRunState, due: number[]): Promise<void> {
  for (const n of due) {
    try {
      await startChild(backfillWorkflow, {
        workflowId: backfillWorkflowId(input.inboxId, n),
        args: [{ inboxId: input.inboxId, epoch: input.epoch, n }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        staticSummary: `Backfill ${n}`,
        staticDetails: `Goes through a window of the mailbox once. Why it stands as it does: \`npm run ops -- explain ${input.inboxId}.${n}\`.`,
        typedSearchAttributes: [
          ...inboxAttributes(input.inboxId, state.owner),
          ...backfillAttributes('running'),
        ],
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      log.info('backfill already runs', { n });
    }
  }
  state.backfills = due;
}

async function cancelBackfills(inboxId: string, backfills: number[]): Promise<void> {
  for (const n of backfills) {
    try {
      await getExternalWorkflowHandle(backfillWorkflowId(inboxId, n)).cancel();
    } catch {
      log.info('backfill had already ended', { n });
    }
  }
}

/** Writes search attributes when they change, as each writing is an event. */
function show(
  state: InboxRunState,
  shown: ShownInboxState,
  more: readonly SearchAttributePair[] = [],
): void {
  if (state.shown === shown && more.length === 0) return;
  state.shown = shown;
  upsertSearchAttributes([...more, inboxStateAttribute(shown)]);
}

const firstState = (): InboxRunState => ({
  phase: 'opening',
  mailDirty: false,
  workDirty: false,
  nextCheckAt: 0,
  coalesceMs: 0,
  backfills: [],
});
