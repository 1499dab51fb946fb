import type { AccessEntry } from '../emulator/shared/access-log.ts';
import { connectMailbox, pushContacts, teammateOf } from './connect.ts';
import { initialBackfill } from './initial-backfill.ts';
import { type Rig, startRig, steps } from './rig.ts';

/** One backfill from Outlook, measured once for every bench that asks about it. */
export interface GraphRun {
  parameters: Record<string, unknown>;
  seconds: number;
  messages: number;
  /** What Exchange counted between plan and end, the parts of a `$batch` one by one. */
  requests: number;
  /** The same by method. */
  calls: Record<string, number>;
  /** What the connect took before: sign-in, folders, a delta for each. */
  connectCalls: Record<string, number>;
  throttled: number;
  maxConcurrent: number;
}

export const MAILBOX = { messages: 50_000, matching: 5_000, contacts: 500, days: 89 } as const;

/** Of every answer, as reference/providers.md section C reckons. */
export const LATENCY_MS = 350;

/** What Exchange lets an app do at once in one mailbox. */
export const AT_ONCE = 4;

const OWNER = { orgId: 'bench', userId: 'outlook', email: 'outlook@bench.example' };

export async function runGraph(): Promise<GraphRun> {
  await using rig = await startRig({ latencyMs: LATENCY_MS });
  const { emulator } = rig;
  const owner = await teammateOf(rig, OWNER);
  await steps.run('An Outlook mailbox of 50,000 messages', async () => {
    const seed = { address: OWNER.email, provider: 'microsoft', ...MAILBOX } as const;
    const { contacts } = await emulator.seedBulk(seed);
    await pushContacts(owner, contacts);
  });
  await emulator.clearLog();
  return await steps.run('Backfill of 5,000 messages, four requests at once', async () => {
    const inboxId = await connectMailbox(rig, owner, 'outlook');
    const backfill = await initialBackfill(rig, inboxId, {
      expected: MAILBOX.matching,
      timeoutMs: 200_000,
      everyMs: 500,
    });
    const [from, to] = [backfill.plannedAt.getTime(), backfill.finishedAt.getTime()];
    const entries = (await emulator.accessLog({ mailbox: OWNER.email })).filter(isCounted);
    // Logged when the answer left, so what the plan comes before has come after it.
    const during = entries.filter(({ atMs }) => atMs >= from && atMs <= to);
    const before = entries.filter(({ atMs }) => atMs < from);
    return {
      parameters: { ...MAILBOX, latencyMs: LATENCY_MS, atOnce: AT_ONCE },
      seconds: (to - from) / 1_000,
      messages: backfill.receipt.stored,
      requests: during.length,
      calls: countByMethod(during),
      connectCalls: countByMethod(before),
      ...(await walls(rig)),
    };
  });
}

/** Envelopes carry what is counted. */
const isCounted = ({ method }: AccessEntry): boolean =>
  method.startsWith('graph.') && method !== 'graph.batch' && !method.startsWith('graph.notify');

const countByMethod = (entries: readonly AccessEntry[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { method } of entries) counts[method] = (counts[method] ?? 0) + 1;
  return counts;
};

async function walls({ emulator }: Rig): Promise<Pick<GraphRun, 'throttled' | 'maxConcurrent'>> {
  const count = (await emulator.graphQuotaCounts()).find(({ mailbox }) => mailbox === OWNER.email);
  if (!count) throw new Error('the emulator counted nothing');
  return { throttled: count.throttled, maxConcurrent: count.maxConcurrency };
}
