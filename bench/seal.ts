import { createSecretKey, randomBytes } from 'node:crypto';
import type { Aad } from '../crypto/aad.ts';
import { open, seal } from '../crypto/seal.ts';
import { atLeast, type Outcome } from './figures.ts';
import { median } from './stats.ts';

const BODY_BYTES = 4_096;
const RUNS = 7;
const RUN_MS = 1_000;

/** Seal and open a body, as messages are: on one core, the place authenticated with it. */
export async function sealBench(): Promise<Outcome> {
  const key = createSecretKey(randomBytes(32));
  const body = randomBytes(BODY_BYTES);
  const runs = Array.from({ length: RUNS + 1 }, () => pairsPerSecond(() => pair(key, body)));
  // The first warms the compiler.
  const counted = runs.slice(1);
  return {
    figures: [atLeast('pairs_per_s', median(counted), '1/s', 20_000)],
    parameters: { bodyBytes: BODY_BYTES, runs: RUNS, runMs: RUN_MS, cores: 1 },
    samples: { pairsPerSecond: counted },
  };
}

const AAD: Omit<Aad, 'rowId'> = {
  orgId: 'org',
  inboxId: '0197a3b2-0000-7000-8000-000000000001',
  column: 'messages.body_ct',
};
let row = 0;

function pair(key: Parameters<typeof seal>[0], body: Buffer): void {
  row += 1;
  const aad = { ...AAD, rowId: `0197a3b2-0000-7000-8000-${String(row).padStart(12, '0')}` };
  if (open(key, aad, seal(key, aad, body)).length !== BODY_BYTES)
    throw new Error('it did not open');
}

function pairsPerSecond(work: () => void): number {
  const startedAt = performance.now();
  let pairs = 0;
  for (; performance.now() - startedAt < RUN_MS; pairs += 1) work();
  return (pairs * 1_000) / (performance.now() - startedAt);
}
