import { Runtime } from '@temporalio/worker';
import { ConfigError, readConfig } from '../config/config.ts';
import { createLog } from '../config/log.ts';
import { bundleWorkflows } from './bundle.ts';
import { openDeps } from './deps.ts';
import { runWorker } from './run-worker.ts';
import { temporalLogger } from './temporal-logger.ts';

/** The worker process: workflows and activities, until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const config = readConfig();
  const { settings } = config;
  const log = createLog('worker', settings.LOG_LEVEL);
  // We drain by ourselves; the SDK's own handlers would shut down a worker twice.
  Runtime.install({ logger: temporalLogger(log), shutdownSignals: [] });
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => stop.abort());
  }
  const workflowBundle = await bundleWorkflows();
  await using deps = await openDeps(config, log);
  log.info({ address: settings.TEMPORAL_ADDRESS, queue: settings.TEMPORAL_TASK_QUEUE }, 'started');
  await runWorker(
    deps,
    {
      address: settings.TEMPORAL_ADDRESS,
      namespace: settings.TEMPORAL_NAMESPACE,
      taskQueue: settings.TEMPORAL_TASK_QUEUE,
      workflowBundle,
    },
    stop.signal,
  );
  log.info('drained');
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else createLog('worker', 'info').fatal({ err: error }, 'the worker ended');
  process.exitCode = 1;
});
