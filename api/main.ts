import { ConfigError, readConfig } from '../config/config.ts';
import { createLog } from '../config/log.ts';
import { createApp } from './app.ts';
import { openDeps } from './deps.ts';
import { listen } from './server.ts';

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
  await using deps = await openDeps(config, log);
  await using server = await listen(await createApp(deps.ctx), { host, port });
  deps.dispatcher.startSweeping();
  log.info({ url: server.url }, 'listening');
  log.info({ signal: await stopped }, 'draining');
}

main().catch((error: unknown) => {
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else createLog('api', 'info').fatal({ err: error }, 'the API ended');
  process.exitCode = 1;
});
