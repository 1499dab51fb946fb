import { allHandlersFinished, workflowInfo } from '@temporalio/workflow';

/**
 * Every wake of an inbox that fell out of the worker's cache replays its history, so short
 * histories are what makes many inboxes cheap: far below the server's own limit of 51,200 events.
 */
const MAX_EVENTS = 400;

/** The one gate for continue-as-new. Call it only where no child or activity is awaited. */
export function shouldContinueAsNew(maxEvents = MAX_EVENTS): boolean {
  const info = workflowInfo();
  return (info.continueAsNewSuggested || info.historyLength > maxEvents) && allHandlersFinished();
}
