import { readConfig } from '../config/config.ts';
import { createLog } from '../config/log.ts';
import { reportFailure, StartError } from '../config/start-failure.ts';
import { startTracing } from '../tracing/tracing.ts';
import { createApp } from './app.ts';
import { openDeps } from './deps.ts';
import { listen } from './server.ts';
import { startMetrics } from './start-metrics.ts';

/** The API process: answers until SIGTERM or SIGINT, then finishes what it has begun. */
async function main(): Promise<void> {
  const stopped = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => resolve(signal));
    }
  });
  const config = readConfig();
  const { API_HOST: host, API_PORT: port, LOG_LEVEL } = config.settings;
  const log = createLog('api', LOG_LEVEL);
  await using tracing = await startTracing(config, 'sambandh-api');
  await using deps = await openDeps(config, log, tracing);
  await using server = await listen(createApp(deps.ctx), { host, port }).catch((error) => {
    throw new StartError(cannotListen(error, host, port), { cause: error });
  });
  await using metrics = await startMetrics(deps.ctx, config.settings);
  // Ended first: a stream has no end of its own that draining could wait for.
  using _changes = deps.ctx.changes;
  deps.dispatcher.startSweeping();
  deps.work.start();
  log.info({ url: server.url, metrics: metrics?.url }, 'listening');
  log.info({ signal: await stopped }, 'draining');
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} of ${host} is taken. End what listens there, or set API_PORT to another.`;
  }
  return (
    `The API cannot listen at port ${port} of ${host} (${error.code}). ` +
    'Set API_PORT and API_HOST to a port and an address that this process may use.'
  );
}

main().catch((error: unknown) => reportFailure('api', error));
