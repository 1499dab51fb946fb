import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { ActivityDeps } from '../activities/deps.ts';
import { createActivities } from '../activities/index.ts';

export interface RunWorkerOptions {
  address: string;
  namespace: string;
  taskQueue: string;
  workflowBundle: NonNullable<WorkerOptions['workflowBundle']>;
  /** Tests: 0 replays every task from scratch. */
  maxCachedWorkflows?: number;
}

/**
 * Runs until `stop` aborts, then drains: running activities are told to end, save where they stand
 * (every page is committed anyway) and are taken up by the next worker.
 */
export async function runWorker(
  deps: ActivityDeps,
  options: RunWorkerOptions,
  stop: AbortSignal,
): Promise<void> {
  const connection = await NativeConnection.connect({ address: options.address });
  try {
    const worker = await Worker.create({
      connection,
      namespace: options.namespace,
      taskQueue: options.taskQueue,
      workflowBundle: options.workflowBundle,
      activities: createActivities(deps),
      // An activity that ignores its cancellation must not hold a deploy for ever.
      shutdownGraceTime: '5 seconds',
      shutdownForceTime: '25 seconds',
      ...(options.maxCachedWorkflows !== undefined && {
        maxCachedWorkflows: options.maxCachedWorkflows,
      }),
    });
    const shutDown = (): void => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    stop.addEventListener('abort', shutDown, { once: true });
    const running = worker.run();
    if (stop.aborted) shutDown();
    await running;
  } finally {
    await connection.close();
  }
}
