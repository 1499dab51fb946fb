import { subjectOf } from '../domain/log-subject.ts';
import { checkInbox } from './check-inbox.ts';
import { deleteHistoryTurn, destroyKeys, finishDeletion } from './delete-history.ts';
import { deliverEvents } from './deliver-events.ts';
import type { ActivityDeps } from './deps.ts';
import { translated } from './failures.ts';
import { failBackfill, finishBackfill } from './finish-backfill.ts';
import { importSlices } from './import-slices.ts';
import { notifyBackfill } from './notify-backfill.ts';
import { notifyEndpointDisabled } from './notify-endpoint-disabled.ts';
import { notifyReconnect } from './notify-reconnect.ts';
import { openInbox } from './open-inbox.ts';
import { reconcile, requestCompletenessChecks } from './reconcile.ts';
import { readStatus, requireReconnect } from './require-reconnect.ts';
import { rewrapKeys } from './rewrap-keys.ts';
import { beginKeyRotation, resealTurn } from './rotate-data-key.ts';
import { sendMessage } from './send-message.ts';
import { syncChanges } from './sync-changes.ts';

/** Binds every activity to what it needs and translates its errors into failures. */
export function createActivities(deps: ActivityDeps) {
  const bind =
    <Input, Output>(
      activity: (deps: ActivityDeps, input: Input) => Promise<Output>,
    ): ((input: Input) => Promise<Output>) =>
    (input) => {
      // Every line of an activity says whom it is about.
      const log = deps.log.child(subjectOf(input));
      return translated(log, () => activity({ ...deps, log }, input));
    };
  return {
    openInbox: bind(openInbox),
    checkInbox: bind(checkInbox),
    syncChanges: bind(syncChanges),
    importSlices: bind(importSlices),
    finishBackfill: bind(finishBackfill),
    failBackfill: bind(failBackfill),
    notifyBackfill: bind(notifyBackfill),
    notifyReconnect: bind(notifyReconnect),
    requireReconnect: bind(requireReconnect),
    readStatus: bind(readStatus),
    destroyKeys: bind(destroyKeys),
    deleteHistoryTurn: bind(deleteHistoryTurn),
    finishDeletion: bind(finishDeletion),
    deliverEvents: bind(deliverEvents),
    sendMessage: bind(sendMessage),
    notifyEndpointDisabled: bind(notifyEndpointDisabled),
    rewrapKeys: bind(rewrapKeys),
    beginKeyRotation: bind(beginKeyRotation),
    resealTurn: bind(resealTurn),
    reconcile: bind(reconcile),
    requestCompletenessChecks: bind(requestCompletenessChecks),
  };
}

export type Activities = ReturnType<typeof createActivities>;
