import type { RuntimeOptions } from '@temporalio/worker';
import type { Settings } from '../config/config.ts';
import { type MetricsServer, serveMetrics } from '../metrics/serve.ts';
import { gaugeWorker } from '../metrics/state.ts';

/** @returns undefined where no port is set */
export async function startMetrics(
  { METRICS_HOST: host, WORKER_METRICS_PORT: port }: Settings,
  ready: () => boolean,
): Promise<MetricsServer | undefined> {
  if (port === undefined) return undefined;
  gaugeWorker(ready);
  return await serveMetrics({ host, port, ready });
}

/** The SDK serves its own metrics (task queues, slots, cache) on a port of their own. */
export function sdkMetrics({
  METRICS_HOST: host,
  TEMPORAL_METRICS_PORT: port,
}: Settings): Pick<RuntimeOptions, 'telemetryOptions'> {
  if (port === undefined) return {};
  const prometheus = {
    bindAddress: `${host}:${port}`,
    unitSuffix: true,
    countersTotalSuffix: true,
  };
  return { telemetryOptions: { metrics: { prometheus } } };
}
