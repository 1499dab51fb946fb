import { ApplicationFailure } from '@temporalio/activity';
import type { Activities } from '../../activities/index.ts';

/** Every call by name and input, in order. */
export type Calls = { name: keyof Activities; input: unknown }[];

/** Activities that do nothing and remember it; a test overrides what its story needs. */
export function fakeActivities(overrides: Partial<Activities> = {}): {
  activities: Activities;
  calls: Calls;
  count: (name: keyof Activities) => number;
} {
  const calls: Calls = [];
  const base: Activities = {
    openInbox: async () => ({
      due: [],
      nextCheckMs: 6 * 3_600_000,
      coalesceMs: 2_000,
      owner: OWNER,
    }),
    checkInbox: async () => ({ changed: false, due: [], nextCheckMs: 6 * 3_600_000 }),
    syncChanges: async () => ({ seen: 0, stored: 0, workFound: false }),
    importSlices: async () => ({ done: true, endedEarly: false, ...PROGRESS }),
    finishBackfill: async () => ({ state: 'completed', receipt: RECEIPT, notify: true }),
    failBackfill: async () => {},
    notifyBackfill: async () => {},
    notifyReconnect: async () => {},
    requireReconnect: async () => 'needs_reconnect',
    readStatus: async () => 'connected',
    destroyKeys: async () => {},
    rewrapKeys: async () => ({ after: null, rewrapped: 0, unreadable: 0 }),
    beginKeyRotation: async () => {},
    resealTurn: async () => ({ done: true }),
    deleteHistoryTurn: async () => ({ done: true }),
    deliverEvents: async () => ({ done: true, delivered: 0, notify: false }),
    sendMessage: async () => ({ state: 'sent', retryInMs: null }),
    notifyEndpointDisabled: async () => {},
    reconcile: async () => NO_DRIFT,
    requestCompletenessChecks: async () => ({ more: false }),
    finishDeletion: async () => ({ messagesDeleted: 3, verdictsDeleted: 4 }),
  };
  const activities = Object.fromEntries(
    Object.entries({ ...base, ...overrides }).map(([name, activity]) => [
      name,
      async (input: never) => {
        calls.push({ name: name as keyof Activities, input });
        return await (activity as (input: never) => Promise<unknown>)(input);
      },
    ]),
  ) as unknown as Activities;
  const count = (name: keyof Activities): number => calls.filter((c) => c.name === name).length;
  return { activities, calls, count };
}

export const failWith = (type: string) => async (): Promise<never> => {
  throw ApplicationFailure.nonRetryable(`the story says ${type}`, type);
};

export const OWNER = { userId: 'maya', orgId: 'brightwater', provider: 'gmail' } as const;

const NO_DRIFT = {
  missing_workflow: 0,
  orphan_workflow: 0,
  watch_expiring: 0,
  unknown_inbox: 0,
  unused_key: 0,
  stuck_key: 0,
};
const PROGRESS = { slices: 1, slicesDone: 1, seen: 2, stored: 1, skipped: 1, gone: 0, failed: 0 };
const RECEIPT = { seen: 2, stored: 1, skipped: { not_contact: 1 }, gone: 0, failed: 0, missing: 0 };
