import type { SeedContact } from '../emulator/seed/people.ts';
import { backfillWorkflowId } from '../workflows/ids.ts';
import { BARE_TABLES, runBareLoop } from './bare-loop.ts';
import { connectMailbox, pushContacts, teammateOf } from './connect.ts';
import { atLeast, type Outcome } from './figures.ts';
import { initialBackfill } from './initial-backfill.ts';
import { type Rig, startRig, steps, UNLIMITED } from './rig.ts';
import { median } from './stats.ts';
import { withTemporal } from './temporal.ts';

const MAILBOX = { messages: 6_000, matching: 3_000, contacts: 200, days: 89 } as const;
/** Counted ones; one more of each runs before, to warm both. */
const PAIRS = 9;
/** On a slow or busy machine fewer pairs must do. */
const ENOUGH_MS = 200_000;

interface Pair {
  engine: number;
  bareLoop: number;
  ratio: number;
}

/** Messages a second of the engine over those of a bare loop, side by side, without quota. */
export async function overhead(): Promise<Outcome> {
  await using rig = await startRig({ env: UNLIMITED.env });
  await rig.emulator.setQuota(UNLIMITED.emulator);
  await rig.db.query(BARE_TABLES);
  const pairs: Pair[] = [];
  const endsAt = performance.now() + ENOUGH_MS;
  for (let i = 0; i <= PAIRS && (i < 4 || performance.now() < endsAt); i += 1) {
    const pair = await steps.run(`Pair ${i} of ${PAIRS}`, () => runPair(rig, i), describe);
    if (i > 0) pairs.push(pair);
  }
  return {
    figures: [
      atLeast('engine_over_bare_loop', median(pairs.map(({ ratio }) => ratio)), 'ratio', 0.85),
    ],
    parameters: { ...MAILBOX, pairs: pairs.length, env: UNLIMITED.env, latencyMs: 0 },
    samples: {
      messagesPerSecond: pairs,
      medianEngine: median(pairs.map(({ engine }) => engine)),
      medianBareLoop: median(pairs.map(({ bareLoop }) => bareLoop)),
    },
  };
}

const describe = ({ engine, bareLoop, ratio }: Pair): string =>
  `${engine.toFixed(0)} / ${bareLoop.toFixed(0)} messages a second = ${ratio.toFixed(3)}`;

/** In turns, so that neither always runs on what the other has warmed or tired. */
async function runPair(rig: Rig, i: number): Promise<Pair> {
  const runs = { engine: 0, bareLoop: 0 };
  const engine = async (): Promise<void> => {
    runs.engine = await runEngine(rig, i);
  };
  const bareLoop = async (): Promise<void> => {
    runs.bareLoop = await timeBareLoop(rig, i);
  };
  for (const run of i % 2 === 0 ? [engine, bareLoop] : [bareLoop, engine]) await run();
  return { ...runs, ratio: runs.engine / runs.bareLoop };
}

/** From the backfill workflow's start, so that Temporal's part is in. @returns messages a second */
async function runEngine(rig: Rig, i: number): Promise<number> {
  const person = { orgId: `org-${i}`, userId: `user-${i}`, email: `engine-${i}@bench.example` };
  const contacts = await seed(rig, person.email);
  const teammate = await teammateOf(rig, person);
  await pushContacts(teammate, contacts);
  const inboxId = await connectMailbox(rig, teammate);
  const expected = MAILBOX.matching;
  const { n, finishedAt } = await initialBackfill(rig, inboxId, { expected, timeoutMs: 60_000 });
  const startedAt = await withTemporal(rig, async (client) => {
    const handle = client.workflow.getHandle(backfillWorkflowId(inboxId, n));
    // Its mail to the user included, which a disconnect would cut off.
    await handle.result();
    return (await handle.describe()).startTime;
  });
  // Or it would go on polling beside the next run.
  await teammate.api.post(`/api/v1/inboxes/${inboxId}/disconnect`);
  return perSecond(expected, finishedAt.getTime() - startedAt.getTime());
}

async function timeBareLoop(rig: Rig, i: number): Promise<number> {
  const address = `bare-${i}@bench.example`;
  const contacts = await seed(rig, address);
  const startedAt = performance.now();
  const stored = await runBareLoop(rig, address, contacts);
  const tookMs = performance.now() - startedAt;
  if (stored !== MAILBOX.matching) throw new Error(`the bare loop stored ${stored} messages`);
  return perSecond(stored, tookMs);
}

/** The same mailbox every time, but a fresh one: a second reading would find the emulator warm. */
async function seed({ emulator }: Rig, address: string): Promise<SeedContact[]> {
  await emulator.createAccount({ address });
  return (await emulator.seedBulk({ address, ...MAILBOX })).contacts;
}

const perSecond = (messages: number, ms: number): number => (messages * 1_000) / ms;
