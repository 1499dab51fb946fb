import { setTimeout as sleep } from 'node:timers/promises';
import { NativeConnection, TransportError } from '@temporalio/worker';
import type { Logger } from 'pino';
import { StartError } from '../config/start-failure.ts';
import type { TemporalAccess } from '../temporal/access.ts';

const PATIENCE_MS = 30_000;
const RETRY_MS = 1_000;

/**
 * Settles once Temporal answers, or `stop` aborts: it may be started at the same time as we are.
 * @throws StartError it did not within half a minute
 */
export async function awaitTemporal(
  access: TemporalAccess,
  log: Logger,
  stop: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  let said = false;
  const { address } = access;
  while (!stop.aborted && !(await answers(access))) {
    if (performance.now() > deadline) {
      throw new StartError(
        `Temporal does not answer at ${address}. Start it, or set TEMPORAL_ADDRESS to where it is ` +
          'and TEMPORAL_TLS and what is beside it to how it wants to be reached.',
      );
    }
    if (!said) log.warn({ address }, 'Temporal does not answer yet; trying for 30 s');
    said = true;
    await sleep(RETRY_MS, undefined, { signal: stop }).catch(() => {});
  }
}

async function answers(access: TemporalAccess): Promise<boolean> {
  try {
    const connection = await NativeConnection.connect(access);
    await connection.close();
    return true;
  } catch (error) {
    if (error instanceof TransportError) return false;
    throw error;
  }
}
