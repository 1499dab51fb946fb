import { ActivityCancellationType, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import { backfillTaskQueue } from './ids.ts';

/**
 * Named profiles, so that no time-out is decided in passing. Provider outages and throttling are
 * waited out: attempts are unlimited, and what retrying cannot help is named once, here.
 */
const nonRetryableErrorTypes = [
  'StaleEpoch',
  'TokenRevoked',
  'ConsentRequired',
  'MailboxUnavailable',
  'CursorExpired',
  'RequestRefused',
  'SealBroken',
  'DataKeyDestroyed',
];

const retry = {
  initialInterval: '2 seconds',
  backoffCoefficient: 2,
  maximumInterval: '5 minutes',
  nonRetryableErrorTypes,
};

/** Without a beat for this long. Beats come every 3 s: activities/heartbeat.ts. */
const WORKER_DIED = '8 seconds';

/**
 * Of activities with a heartbeat: what was cut short by the end of a worker goes on at once, however
 * often that happens. What fails by itself says how long to wait: activities/failures.ts.
 */
const atOnce = { initialInterval: '1 second', backoffCoefficient: 1 };

/**
 * Live changes or a look at the inbox: seconds, but hours where thousands of messages are imported
 * into a mailbox at once and quota paces them; heartbeats tell a dead worker long before. An inbox
 * whose client is refused shows that it fails, and looks again; its backfills wait in their turn.
 */
export const live = proxyActivities<Activities>({
  startToCloseTimeout: '6 hours',
  heartbeatTimeout: WORKER_DIED,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { ...atOnce, nonRetryableErrorTypes: [...nonRetryableErrorTypes, 'ClientRefused'] },
  priority: { priorityKey: 2 },
});

/** Long turns of a backfill. Progress is in Postgres, so a lost attempt repeats one bundle. */
export const longTurns = () =>
  proxyActivities<Activities>({
    taskQueue: backfillTaskQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: WORKER_DIED,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: { ...atOnce, nonRetryableErrorTypes },
    priority: { priorityKey: 4 },
  });

/** Postgres only, short. */
export const bookkeeping = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry,
  priority: { priorityKey: 2 },
});

/** A mail to the user: tried for a day, then given up, since the page says the same. */
export const notification = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '1 day',
  retry: { initialInterval: '5 seconds', backoffCoefficient: 2, maximumInterval: '30 minutes' },
  priority: { priorityKey: 3 },
});

/** Nothing but a deletion in the middle of a rotation makes it pointless. */
const pointless = { nonRetryableErrorTypes: ['DataKeyDestroyed'] };

/** Secrets of data keys: short, and as often as it takes. */
export const destruction = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    ...pointless,
  },
  priority: { priorityKey: 1 },
});

/** Deletion and rotation: long, and they must end. */
export const deletion = proxyActivities<Activities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: WORKER_DIED,
  retry: { ...atOnce, ...pointless },
  priority: { priorityKey: 3 },
});

/** An activity with a line for the UI, which shows it beside the activity's type. */
export const summarised =
  <Input, Output>(
    summary: string,
    activity: {
      executeWithOptions(options: { summary: string }, args: [Input]): Promise<Output>;
    },
  ): ((input: Input) => Promise<Output>) =>
  (input) =>
    activity.executeWithOptions({ summary }, [input]);

/** The summary of `requireReconnect`. */
export const NEEDS_USER = 'Stops all calls until the user has reconnected';

/** Events out: turns of a minute, behind all mail. */
export const delivery = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: WORKER_DIED,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: atOnce,
  priority: { priorityKey: 5 },
});

/** A user waits for it; repeated, it looks for what may have been sent and does not send again. */
export const sending = proxyActivities<Activities>({
  startToCloseTimeout: '5 minutes',
  heartbeatTimeout: WORKER_DIED,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: atOnce,
  priority: { priorityKey: 1 },
});
