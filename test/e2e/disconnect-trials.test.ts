import { afterAll, beforeAll, expect, it } from 'vitest';
import { disconnectTrials, type TrialGround } from '../../bench/disconnect-trial.ts';
import { PROVIDERS, startTestProduct, type TestProduct } from '../support/product.ts';

/** Four of each middle with each provider; each trial alone sees a missing fence more often than not. */
const TRIALS = 88;
const AT_ONCE = 12;
const LATENCY_MS = 60;

let test: TestProduct;
beforeAll(async () => {
  test = await startTestProduct({
    // Endpoints are tried once: nothing listens there.
    env: { TRUST_PROXY: 'true', GMAIL_BATCH_SIZE: '10', EVENTS_RETRY_FIRST_MS: '3600000' },
  });
  await test.emulator.setLatency({ rules: [{ ms: LATENCY_MS }] });
});
afterAll(() => test?.[Symbol.asyncDispose]());

it('I4 B7 P9 after a disconnect has answered, in the middle of anything, nothing is called and nothing written', async () => {
  const ground: TrialGround = {
    product: test.product,
    emulator: test.emulator,
    temporal: test.temporal,
    query: (text, params) => test.sql(text, params),
  };
  const trials = await disconnectTrials(ground, TRIALS, AT_ONCE);
  const wrong = trials.filter(
    ({ callsAfter, writesAfter, cameBack, runsOn }) =>
      callsAfter.length + writesAfter.length + runsOn.length > 0 || cameBack !== null,
  );
  expect(wrong).toEqual([]);
  // Each message, and the disconnect, had been told: further ones would have been seen.
  expect(trials.filter(({ stored, told }) => told <= stored)).toEqual([]);
  // Many were in the middle, or this would show nothing.
  for (const provider of PROVIDERS) {
    const inTheMiddle = trials.filter(
      (trial) => trial.provider === provider && trial.stored > 0 && trial.stored < 150,
    );
    expect(inTheMiddle.length, provider).toBeGreaterThan(10);
  }
}, 240_000);
