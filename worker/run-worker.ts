import { Client } from '@temporalio/client';
import type { DataConverter, WorkerDeploymentVersion } from '@temporalio/common';
import {
  NativeConnection,
  Worker,
  type WorkerDeploymentOptions,
  type WorkerOptions,
} from '@temporalio/worker';
import type { ActivityDeps } from '../activities/deps.ts';
import { createActivities } from '../activities/index.ts';
import type { TemporalAccess } from '../temporal/access.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { backfillTaskQueue } from '../workflows/ids.ts';
import { ensureSchedules, type ScheduleSettings } from './ensure-schedules.ts';
import { ensureSearchAttributes } from './ensure-search-attributes.ts';
import { logAttributes } from './log-attributes.ts';
import { runningInboxes } from './running-inboxes.ts';
import { traceSinks } from './trace-sinks.ts';

/** Of one process. Each waits for quota most of the time and holds a page of mail at most. */
const BACKFILLS_AT_ONCE = 20;

export interface RunWorkerOptions {
  access: TemporalAccess;
  /** Which build this is, where workers are versioned. */
  version?: WorkerDeploymentVersion;
  tracing?: Tracing | null;
  namespace: string;
  taskQueue: string;
  dataConverter: DataConverter;
  schedules: Omit<ScheduleSettings, 'taskQueue'>;
  /** Called once all queues are polled. */
  onRunning?: () => void;
  workflowBundle: NonNullable<WorkerOptions['workflowBundle']>;
  /** 0 replays every task from scratch; default: by the memory that Node may use. */
  maxCachedWorkflows?: number;
}

/**
 * Runs until `stop` aborts, then drains: running activities are told to end, save where they stand
 * (every page is committed anyway) and are taken up by the next worker.
 */
export async function runWorker(
  deps: Omit<ActivityDeps, 'runningInboxes'>,
  options: RunWorkerOptions,
  stop: AbortSignal,
): Promise<void> {
  const connection = await NativeConnection.connect(options.access);
  try {
    await ensureSearchAttributes(connection, options.namespace);
    const { namespace, taskQueue } = options;
    const client = new Client({ connection, namespace, dataConverter: options.dataConverter });
    await ensureSchedules(client, { taskQueue, ...options.schedules });
    const activities = createActivities({
      ...deps,
      runningInboxes: runningInboxes(client, taskQueue),
    });
    const shared = {
      connection,
      namespace,
      activities,
      dataConverter: options.dataConverter,
      interceptors: { activity: [logAttributes, ...(options.tracing?.activity ?? [])] },
      ...(options.version && { workerDeploymentOptions: versioned(options.version) }),
      // An activity that ignores its cancellation must not hold a deploy for ever.
      shutdownGraceTime: '5 seconds',
      shutdownForceTime: '25 seconds',
      // Else the SDK sends a heartbeat when four fifths of its time-out have passed.
      maxHeartbeatThrottleInterval: '1 second',
    } satisfies Partial<WorkerOptions>;
    const workers = await Promise.all([
      Worker.create({
        ...shared,
        taskQueue,
        workflowBundle: options.workflowBundle,
        sinks: traceSinks(options.tracing ?? null),
        ...(options.maxCachedWorkflows !== undefined && {
          maxCachedWorkflows: options.maxCachedWorkflows,
        }),
      }),
      Worker.create({
        ...shared,
        taskQueue: backfillTaskQueue(taskQueue),
        maxConcurrentActivityTaskExecutions: BACKFILLS_AT_ONCE,
      }),
    ]);
    options.onRunning?.();
    await runUntil(workers, stop);
  } finally {
    await connection.close();
  }
}

/**
 * Every workflow moves to the build that is current, at its next step: histories replay on both (I10),
 * and nothing waits for a build that nobody runs any more.
 */
const versioned = (version: WorkerDeploymentVersion): WorkerDeploymentOptions => ({
  version,
  useWorkerVersioning: true,
  defaultVersioningBehavior: 'AUTO_UPGRADE',
});

/** One that ends by itself takes the other with it: half a worker looks alive and does nothing. */
async function runUntil(workers: Worker[], stop: AbortSignal): Promise<void> {
  const shutDown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  stop.addEventListener('abort', shutDown, { once: true });
  const running = workers.map((worker) => worker.run().finally(shutDown));
  if (stop.aborted) shutDown();
  await Promise.all(running);
}
