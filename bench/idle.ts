import { setTimeout as sleep } from 'node:timers/promises';
import { inLanes } from '../concurrency/in-lanes.ts';
import { freePort } from '../stack/ports.ts';
import { pushContacts, teammateOf } from './connect.ts';
import { atMost, type Outcome } from './figures.ts';
import {
  AT_ONCE,
  type IdleInbox,
  makeInbox,
  startWorkflows,
  storeInboxes,
} from './idle-inboxes.ts';
import { ProcessMemory } from './process-memory.ts';
import { type Rig, startRig, steps } from './rig.ts';
import { median, percentile } from './stats.ts';
import { TimelineWatch } from './timeline-watch.ts';

const INBOXES = 10_000;
const ORGS = 100;
/** Every inbox is looked at this often although nothing happens: their looks go on meanwhile. */
const LOOK_MS = 6 * 3_600_000;
/** The first ones, whose looks may fall due while this bench runs. */
const LOOKED_AT = 300;
/** Of the others every ninth, so that the worker has long dropped most of them from its cache. */
const WOKEN = 1_000;
const WOKEN_EVERY = 9;
const WAKE_MS = 30_000;
const WARM_UP_MS = 10_000;
const WATCHED_MS = 60_000;
const SAMPLE_EVERY_MS = 3_000;

/** Inboxes that nothing happens to: what they cost to keep, and how soon many of them wake. */
export async function idle(): Promise<Outcome> {
  const port = await freePort();
  const env = {
    NODE_OPTIONS: `--inspect-port=127.0.0.1:${port}`,
    RATE_LIMIT_PER_MINUTE: '100000',
  };
  await using rig = await startRig({ env });
  const inboxes = await steps.run(`${INBOXES} inboxes`, () => seed(rig));
  await using memory = await ProcessMemory.attach(rig.product.worker.pid, port);
  const empty = await memory.collected();
  await steps.run(`${INBOXES} workflows`, () =>
    startWorkflows(rig, inboxes, (i) => Date.now() + 1_000 + (i * LOOK_MS) / INBOXES),
  );
  const growth = await steps.run('Nothing happens', () => watchGrowth(memory));
  const wake = await steps.run(`${WOKEN} of them get mail within ${WAKE_MS / 1_000} s`, () =>
    wakeMany(
      rig,
      inboxes.filter((_, i) => isWoken(i)),
    ),
  );
  return {
    figures: [
      atMost('worker_rss_mb', memory.peak, 'MB', 1_000),
      atMost('growth_mb_per_hour', growth.mbPerHour, 'MB/h', 10),
      atMost('wake_p99_s', percentile(wake, 0.99), 's', 10),
    ],
    parameters: {
      ...{ inboxes: INBOXES, orgs: ORGS, woken: WOKEN, wakeMs: WAKE_MS, lookEveryMs: LOOK_MS },
      ...{ warmUpMs: WARM_UP_MS, watchedMs: WATCHED_MS },
    },
    samples: {
      ...{ rssWithoutInboxesMb: empty, ...growth },
      ...{ wakeMedianS: median(wake), wakeMaxS: Math.max(...wake), wakeS: wake },
    },
  };
}

const isWoken = (i: number): boolean => {
  const place = i - LOOKED_AT;
  return place >= 0 && place % WOKEN_EVERY === 0 && place / WOKEN_EVERY < WOKEN;
};

async function seed(rig: Rig): Promise<IdleInbox[]> {
  await inLanes(
    Array.from({ length: ORGS }, (_, org) => org),
    AT_ONCE,
    async (org) => {
      const person = { orgId: `org-${org}`, userId: 'crm', email: `crm@org-${org}.example` };
      const teammate = await teammateOf(rig, person);
      await pushContacts(teammate, [{ id: 'one', name: 'One', addresses: [contactOf(org)] }]);
    },
  );
  const inboxes = await inLanes(
    Array.from({ length: INBOXES }, (_, i) => i),
    AT_ONCE,
    (i) => makeInbox(rig, i, { orgId: `org-${i % ORGS}`, live: i < LOOKED_AT || isWoken(i) }),
  );
  await storeInboxes(rig, inboxes);
  return inboxes;
}

const contactOf = (org: number): string => `contact@customer-${org}.example`;

/**
 * Resident memory without garbage, while nothing happens but the looks that are always due: the
 * median slope between any two samples, which one page more or less does not move.
 */
async function watchGrowth(
  memory: ProcessMemory,
): Promise<{ mbPerHour: number; rssMb: [seconds: number, mb: number][] }> {
  await sleep(WARM_UP_MS);
  const startedAt = performance.now();
  const rssMb: [number, number][] = [];
  while (performance.now() - startedAt < WATCHED_MS) {
    const mb = await memory.collected();
    rssMb.push([(performance.now() - startedAt) / 1_000, mb]);
    await sleep(SAMPLE_EVERY_MS);
  }
  const slopes = rssMb.flatMap(([t, mb], i) =>
    rssMb.slice(i + 1).map(([later, then]) => (then - mb) / (later - t)),
  );
  return { mbPerHour: median(slopes) * 3_600, rssMb };
}

/** By push, evenly spread. @returns seconds from arrival in the mailbox to the timeline */
async function wakeMany(rig: Rig, inboxes: readonly IdleInbox[]): Promise<number[]> {
  await using watch = new TimelineWatch(rig.db, { everyMs: 100 });
  const startedAt = performance.now();
  const sent = inboxes.map(async ({ address, orgId }, i) => {
    await sleep(Math.max(0, startedAt + (i * WAKE_MS) / inboxes.length - performance.now()));
    const arrivedAt = performance.now();
    const from = contactOf(Number(orgId.slice('org-'.length)));
    const message = { address, from, to: address, subject: 'Hello', text: 'Are you there?' };
    const { id } = await rig.emulator.addMessage(message);
    watch.expect(id, arrivedAt);
  });
  await Promise.all(sent);
  return await watch.all(120_000);
}
