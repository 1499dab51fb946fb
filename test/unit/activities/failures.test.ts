import type { ApplicationFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { toFailure, translated } from '../../../activities/failures.ts';
import { withHeartbeat } from '../../../activities/heartbeat.ts';
import { ClientRefusedError, ProviderUnavailableError } from '../../../providers/errors.ts';

const silent = pino({ enabled: false });

const untilAborted = (): Promise<never> =>
  translated(silent, () =>
    withHeartbeat(
      (signal) =>
        new Promise<never>((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('the call was aborted')));
        }),
    ),
  );

const endedBy = async (reason: 'WORKER_SHUTDOWN' | 'CANCELLED'): Promise<ApplicationFailure> => {
  const env = new MockActivityEnvironment();
  const ended = env.run(untilAborted).catch((error: ApplicationFailure) => error);
  env.cancel(reason);
  return (await ended) as ApplicationFailure;
};

describe('activity failures', () => {
  it('I1 what the end of a worker has cut short goes on at once, whatever the attempt', async () => {
    const failure = await endedBy('WORKER_SHUTDOWN');
    expect(failure).toMatchObject({ type: 'WorkerStopped', nextRetryDelay: 1 });
    expect(failure.nonRetryable).toBeFalsy();
  });

  it('P9 a cancellation stays one', async () => {
    expect(await endedBy('CANCELLED')).toMatchObject({ name: 'CancelledFailure' });
  });

  it('B10 what fails by itself waits twice as long each time, a provider’s outage longest', () => {
    const delays = (error: Error) =>
      [1, 2, 6, 20].map((attempt) => {
        return toFailure(error, { attempt, heartbeatTimeoutMs: 8_000 }).nextRetryDelay;
      });
    expect(delays(new Error('a bug'))).toEqual([2_000, 4_000, 60_000, 60_000]);
    const outage = new ProviderUnavailableError('The provider is away.');
    expect(delays(outage)).toEqual([2_000, 4_000, 64_000, 300_000]);
  });

  it('I1 a refused client, which an operator mends, is waited out like an outage', () => {
    const refused = new ClientRefusedError('Google’s token server answered 401 invalid_client');
    const failure = toFailure(refused, { attempt: 20, heartbeatTimeoutMs: 8_000 });
    expect(failure).toMatchObject({
      type: 'ClientRefused',
      nonRetryable: false,
      nextRetryDelay: 300_000,
    });
  });

  it('leaves the back-off of an activity without a heartbeat to its policy', () => {
    const failure = toFailure(new Error('a bug'), { attempt: 3 });
    expect(failure.nextRetryDelay).toBeUndefined();
  });
});
