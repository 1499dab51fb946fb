import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Child, describeExit, startChild } from '../stack/child.ts';
import { shutdownSignal, untilAborted } from '../stack/shutdown.ts';

/**
 * `npm start`: the API and the worker, against whatever the environment or .env names. Either can
 * also be run alone: `node api/main.ts`, `node worker/main.ts`.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The worker may have to finish an activity: longer than its own drain. */
const DRAIN_MS = 60_000;

const startService = (name: string, script: string): Promise<Child> =>
  startChild({
    name,
    command: process.execPath,
    args: [script],
    cwd: ROOT,
    stopTimeoutMs: DRAIN_MS,
    onLine: (line) => console.log(`${name.padEnd(6)} ${line}`),
  });

const main = async (): Promise<void> => {
  const shutdown = shutdownSignal();
  if (existsSync(`${ROOT}/.env`)) process.loadEnvFile(`${ROOT}/.env`);

  const services = [
    await startService('api', 'api/main.ts'),
    await startService('worker', 'worker/main.ts'),
  ];
  const firstToEnd = Promise.race(
    services.map(async (service) => ({ service, exit: await service.exited })),
  );
  const ended = await Promise.race([firstToEnd, untilAborted(shutdown)]);
  if (ended) {
    console.error(`${ended.service.name} ${describeExit(ended.exit)}; stopping the other too.`);
    process.exitCode = 1;
  } else {
    console.log(`${shutdown.reason}: draining the API and the worker …`);
  }
  const exits = await Promise.all(services.map((service) => service.stop()));
  if (exits.some(({ code }) => code !== 0)) process.exitCode = 1;
};

await main();
