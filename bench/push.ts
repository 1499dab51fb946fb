import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../demo/until.ts';
import { Random } from '../emulator/shared/random.ts';
import { connectMailbox, pushContacts, teammateOf } from './connect.ts';
import { atMost, type Outcome } from './figures.ts';
import { type Rig, startRig, steps } from './rig.ts';
import { median, percentile } from './stats.ts';
import { TimelineWatch } from './timeline-watch.ts';

const INBOXES = 50;
const CONTACTS = 100;
/** Evenly spread … */
const SINGLES = 150;
const SECONDS = 60;
/** … and every few seconds this many inboxes at the same moment. */
const BURST = 10;
const BURST_EVERY_MS = 6_000;
/** Gmail tells of one change a second and mailbox, so that one sent sooner is not pushed at all. */
const SAME_INBOX_MS = 1_500;
const LATENCY_MS = 20;

interface Arrival {
  atMs: number;
  address: string;
}

/** From a message's arrival in the mailbox, by way of Pub/Sub, to its row on a timeline. */
export async function push(): Promise<Outcome> {
  await using rig = await startRig({
    latencyMs: LATENCY_MS,
    env: { RATE_LIMIT_PER_MINUTE: '10000' },
  });
  const addresses = Array.from({ length: INBOXES }, (_, i) => `inbox-${i}@bench.example`);
  await steps.run(`${INBOXES} inboxes connect`, () => connectAll(rig, addresses));
  await rig.emulator.clearLog();
  const arrivals = planArrivals(addresses);
  await using watch = new TimelineWatch(rig.db);
  await steps.run(`${arrivals.length} messages arrive`, () => deliver(rig, arrivals, watch));
  const seconds = await watch.all(60_000);
  const calls = await rig.emulator.accessCounts();
  return {
    figures: [
      atMost('median_s', median(seconds), 's', 0.5),
      atMost('p99_s', percentile(seconds, 0.99), 's', 2),
    ],
    parameters: {
      ...{ inboxes: INBOXES, contacts: CONTACTS, messages: arrivals.length, seconds: SECONDS },
      ...{ singles: SINGLES, burst: BURST, burstEveryMs: BURST_EVERY_MS },
      ...{ sameInboxMs: SAME_INBOX_MS, latencyMs: LATENCY_MS },
    },
    samples: {
      ...{ seconds, p90: percentile(seconds, 0.9), max: Math.max(...seconds) },
      callsByMethod: Object.entries(Object.groupBy(calls, ({ method }) => method)).map(
        ([method, some = []]) => ({ method, calls: some.reduce((sum, one) => sum + one.calls, 0) }),
      ),
    },
  };
}

/** A teammate each, of one org that shares its contacts; their empty backfills are waited for. */
async function connectAll(rig: Rig, addresses: readonly string[]): Promise<void> {
  for (const [i, email] of addresses.entries()) {
    await rig.emulator.createAccount({ address: email });
    const teammate = await teammateOf(rig, { orgId: 'org', userId: `user-${i}`, email });
    if (i === 0) await pushContacts(teammate, Array.from({ length: CONTACTS }, contactOf));
    await connectMailbox(rig, teammate);
  }
  await until('every inbox is live', async () => {
    const { rows } = await rig.db.query<{ live: number }>(
      `select count(*)::int as live from backfills b join sync_cursors c using (inbox_id)
       where b.kind = 'initial' and b.finished_at is not null and c.pushed_at is not null`,
    );
    return rows[0]?.live === addresses.length;
  });
}

const addressOf = (i: number): string => `contact-${i}@customer-${i % 20}.example`;

const contactOf = (_: unknown, i: number) => ({
  ...{ id: `contact-${i}`, name: `Contact ${i}`, addresses: [addressOf(i)] },
});

/** The same every time. In order. */
function planArrivals(addresses: readonly string[]): Arrival[] {
  const random = new Random('push');
  const last = new Map<string, number>();
  const wanted = [
    ...Array.from({ length: SINGLES }, (_, i) => (i * SECONDS * 1_000) / SINGLES),
    ...Array.from({ length: (SECONDS * 1_000) / BURST_EVERY_MS }, (_, i) =>
      Array.from({ length: BURST }, () => i * BURST_EVERY_MS + BURST_EVERY_MS / 2),
    ).flat(),
  ].toSorted((a, b) => a - b);
  return wanted.map((atMs) => {
    const rested = addresses.filter(
      (address) => atMs - (last.get(address) ?? -SAME_INBOX_MS) >= SAME_INBOX_MS,
    );
    const address = random.pick(rested);
    last.set(address, atMs);
    return { atMs, address };
  });
}

/** Sends each at its time, whatever became of those before it. */
async function deliver(
  { emulator }: Rig,
  arrivals: readonly Arrival[],
  watch: TimelineWatch,
): Promise<void> {
  const startedAt = performance.now();
  const sent = arrivals.map(async ({ atMs, address }, i) => {
    await sleep(Math.max(0, startedAt + atMs - performance.now()));
    const arrivedAt = performance.now();
    const { id } = await emulator.addMessage({
      ...{ address, from: addressOf(i % CONTACTS), to: address },
      ...{ subject: `Message ${i}`, text: `Hello ${i}, this one came by push.` },
    });
    watch.expect(id, arrivedAt);
  });
  await Promise.all(sent);
}
