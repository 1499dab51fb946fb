import { Client, Connection } from '@temporalio/client';
import { disconnectTrials, type Trial, type TrialGround } from './disconnect-trial.ts';
import { atMost, type Outcome } from './figures.ts';
import { startRig, steps, UNLIMITED } from './rig.ts';
import { percentile } from './stats.ts';

const TRIALS = 500;
const AT_ONCE = 4;
const LATENCY_MS = 60;

/** Disconnects 500 inboxes at random moments of a connect, a backfill, live mail and the rest. */
export async function disconnect(): Promise<Outcome> {
  await using rig = await startRig({
    latencyMs: LATENCY_MS,
    env: {
      ...UNLIMITED.env,
      RATE_LIMIT_PER_MINUTE: '1000000',
      TRUST_PROXY: 'true',
      GMAIL_BATCH_SIZE: '10',
      EVENTS_ALLOW_PRIVATE_URLS: 'true',
    },
  });
  await rig.emulator.setQuota(UNLIMITED.emulator);
  const connection = await Connection.connect({ address: rig.stack.temporal.address });
  try {
    const ground: TrialGround = {
      product: rig.product,
      emulator: rig.emulator,
      temporal: new Client({ connection }),
      query: async (text, params) => (await rig.db.query<object>(text, params)).rows,
    };
    return outcomeOf(
      await steps.run(`${TRIALS} disconnects`, () => disconnectTrials(ground, TRIALS, AT_ONCE)),
    );
  } finally {
    await connection.close();
  }
}

function outcomeOf(trials: readonly Trial[]): Outcome {
  const answers = trials.map(({ answerMs }) => answerMs);
  const calls = trials.flatMap(({ callsAfter }) => callsAfter);
  const writes = trials.flatMap(({ writesAfter }) => writesAfter);
  const back = trials.filter(({ cameBack }) => cameBack !== null);
  const runsOn = trials.flatMap((trial) => trial.runsOn);
  const blind = trials.map(({ blindMs }) => blindMs);
  return {
    figures: [
      atMost('answer_p99_ms', percentile(answers, 0.99), 'ms', 200),
      atMost('calls_after', calls.length, 'calls', 0),
      atMost('writes_after', writes.length, 'tables', 0),
      atMost('came_back', back.length, 'inboxes', 0),
      atMost('runs_on', runsOn.length, 'workflows', 0),
    ],
    parameters: { trials: TRIALS, atOnce: AT_ONCE, latencyMs: LATENCY_MS },
    samples: {
      trials,
      ...{ p50: percentile(answers, 0.5), max: Math.max(...answers) },
      blindMs: { p50: percentile(blind, 0.5), max: Math.max(...blind) },
    },
  };
}
