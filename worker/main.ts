import { Runtime } from '@temporalio/worker';
import { createDataConverter, parsePayloadKeys } from '../codec/data-converter.ts';
import { readConfig, type Settings } from '../config/config.ts';
import { createLog } from '../config/log.ts';
import { reportFailure } from '../config/start-failure.ts';
import { temporalAccess } from '../temporal/access.ts';
import { startTracing } from '../tracing/tracing.ts';
import { awaitTemporal } from './await-temporal.ts';
import { openBundle } from './bundle.ts';
import { openDeps } from './deps.ts';
import { runWorker } from './run-worker.ts';
import { sdkMetrics, startMetrics } from './start-metrics.ts';
import { temporalLogger } from './temporal-logger.ts';

/** The worker process: workflows and activities, until SIGTERM or SIGINT. */
async function main(): Promise<void> {
  const config = readConfig();
  const { settings, secrets } = config;
  const payloadKeys = parsePayloadKeys(secrets.PAYLOAD_KEYS.reveal());
  const log = createLog('worker', settings.LOG_LEVEL);
  // We drain by ourselves; the SDK's own handlers would shut down a worker twice.
  Runtime.install({
    logger: temporalLogger(log),
    shutdownSignals: [],
    ...sdkMetrics(settings),
  });
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => stop.abort());
  }
  await using tracing = await startTracing(config, 'sambandh-worker');
  await using deps = await openDeps(config, log);
  const access = temporalAccess(config);
  await awaitTemporal(access, log, stop.signal);
  if (stop.signal.aborted) return;
  const workflowBundle = await openBundle(settings.WORKFLOW_BUNDLE);
  let running = false;
  await using metrics = await startMetrics(settings, () => running && !stop.signal.aborted);
  log.info(
    {
      address: settings.TEMPORAL_ADDRESS,
      queue: settings.TEMPORAL_TASK_QUEUE,
      metrics: metrics?.url,
    },
    'started',
  );
  await runWorker(
    deps,
    {
      access,
      tracing,
      ...versionOf(settings),
      namespace: settings.TEMPORAL_NAMESPACE,
      taskQueue: settings.TEMPORAL_TASK_QUEUE,
      schedules: {
        reconcileEveryMs: settings.RECONCILE_INTERVAL_MS,
        completenessAtHour: settings.COMPLETENESS_HOUR_UTC,
      },
      workflowBundle,
      maxCachedWorkflows: settings.WORKFLOWS_CACHED,
      dataConverter: createDataConverter(payloadKeys),
      onRunning: () => {
        running = true;
      },
    },
    stop.signal,
  );
  log.info('drained');
}

/** Both or neither, as readConfig has seen to. */
function versionOf({ TEMPORAL_DEPLOYMENT, TEMPORAL_BUILD_ID }: Settings) {
  if (!TEMPORAL_DEPLOYMENT || !TEMPORAL_BUILD_ID) return {};
  return { version: { deploymentName: TEMPORAL_DEPLOYMENT, buildId: TEMPORAL_BUILD_ID } };
}

main().catch((error: unknown) => reportFailure('worker', error));
