import type { MethodCount } from '../emulator/shared/access-log.ts';
import { backfillWorkflowId } from '../workflows/ids.ts';
import { connectMailbox, pushContacts, teammateOf } from './connect.ts';
import { initialBackfill } from './initial-backfill.ts';
import { type Rig, startRig, steps } from './rig.ts';
import { withTemporal } from './temporal.ts';

/** One backfill under quota, measured once for every bench that asks about it. */
export interface GmailRun {
  parameters: Record<string, unknown>;
  seconds: number;
  messages: number;
  /** What the emulator charged from the connect's first call to the backfill's end. */
  units: number;
  throttled: number;
  /** The same by method. */
  calls: MethodCount[];
  peakUnitsPerWindow: number;
  history: { events: number; bytes: number };
}

export const MAILBOX = { messages: 50_000, matching: 5_000, contacts: 500, days: 89 } as const;

/** Six times the speed of Gmail's clock: 6,000 units in 10 s instead of a minute. */
const TIME_SCALE = 6;
const LATENCY_MS = 50;
export const WINDOW_UNITS = 6_000;
export const UNITS_PER_SECOND = (WINDOW_UNITS / 60) * TIME_SCALE;

const OWNER = { orgId: 'bench', userId: 'owner', email: 'owner@bench.example' };

export async function runGmail(): Promise<GmailRun> {
  const env = { QUOTA_WINDOW_MS: String(60_000 / TIME_SCALE) };
  await using rig = await startRig({ env, latencyMs: LATENCY_MS });
  const { emulator } = rig;
  await emulator.setQuota({ timeScale: TIME_SCALE });
  const owner = await teammateOf(rig, OWNER);
  await steps.run('A mailbox of 50,000 messages', async () => {
    await emulator.createAccount({ address: OWNER.email });
    const { contacts } = await emulator.seedBulk({ address: OWNER.email, ...MAILBOX });
    await pushContacts(owner, contacts);
  });
  await emulator.clearLog();
  return await steps.run('Backfill of 5,000 messages under quota', async () => {
    const inboxId = await connectMailbox(rig, owner);
    const backfill = await initialBackfill(rig, inboxId, {
      expected: MAILBOX.matching,
      timeoutMs: 260_000,
      everyMs: 500,
    });
    return {
      parameters: { ...MAILBOX, timeScale: TIME_SCALE, latencyMs: LATENCY_MS, env },
      seconds: (backfill.finishedAt.getTime() - backfill.plannedAt.getTime()) / 1_000,
      messages: backfill.receipt.stored,
      ...(await charged(rig)),
      history: await historyOf(rig, backfillWorkflowId(inboxId, backfill.n)),
    };
  });
}

async function charged({
  emulator,
}: Rig): Promise<Pick<GmailRun, 'units' | 'throttled' | 'calls' | 'peakUnitsPerWindow'>> {
  const count = (await emulator.quotaCounts()).find(({ mailbox }) => mailbox === OWNER.email);
  if (!count) throw new Error('the emulator charged nothing');
  const calls = (await emulator.accessCounts()).filter(({ mailbox }) => mailbox === OWNER.email);
  return {
    units: count.units,
    throttled: Math.max(count.throttled, sum(calls.map(({ throttled }) => throttled))),
    peakUnitsPerWindow: count.peakUnitsPerMinute,
    calls,
  };
}

/** As the server counts it: events, and the bytes of their protobufs. */
function historyOf(rig: Rig, workflowId: string): Promise<{ events: number; bytes: number }> {
  return withTemporal(rig, async ({ workflow }) => {
    const handle = workflow.getHandle(workflowId);
    await handle.result();
    const { historyLength, historySize } = await handle.describe();
    if (!historySize) throw new Error('the server does not count bytes of histories');
    return { events: historyLength, bytes: historySize };
  });
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
