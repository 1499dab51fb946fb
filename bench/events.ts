import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../demo/until.ts';
import { connectMailbox, pushContacts, type Teammate, teammateOf } from './connect.ts';
import { atMost, type Outcome, unjudged } from './figures.ts';
import { initialBackfill } from './initial-backfill.ts';
import { type Rig, startRig, steps, UNLIMITED } from './rig.ts';

const INBOXES = 5;
const MAILBOX = { messages: 300, matching: 200, contacts: 20, days: 80 } as const;
const EXPECTED = INBOXES * MAILBOX.matching;
/** Of the receiver: every so-manieth call fails. */
const FAILS_EVERY = 3;
const ENV = { EVENTS_ALLOW_PRIVATE_URLS: 'true', EVENTS_RETRY_FIRST_MS: '50' };

interface Arrival {
  id: string;
  inboxId: string;
  sequence: number;
}

/** A thousand synced messages, told to a receiver that fails every third call. */
export async function events(): Promise<Outcome> {
  await using rig = await startRig({ env: { ...UNLIMITED.env, ...ENV } });
  await rig.emulator.setQuota(UNLIMITED.emulator);
  const receiver = await startReceiver();
  try {
    return await run(rig, receiver);
  } finally {
    receiver.server.closeAllConnections();
    receiver.server.close();
  }
}

async function run(rig: Rig, receiver: Receiver): Promise<Outcome> {
  const { api } = await teammateOf(rig, { ...personOf(0), roles: ['admin'] });
  await api.post('/api/v1/event-endpoints', { url: receiver.url, types: ['message.synced'] });
  const teammates = await steps.run(`${INBOXES} mailboxes`, () => seed(rig));
  const startedAt = performance.now();
  await steps.run(`${EXPECTED} messages are synced and told`, async () => {
    for (const teammate of teammates) {
      const inboxId = await connectMailbox(rig, teammate);
      await initialBackfill(rig, inboxId, { expected: MAILBOX.matching, timeoutMs: 120_000 });
    }
    await until(
      'nothing waits to be delivered',
      async () => {
        const { rows } = await rig.db.query<{ waiting: number }>(
          `select count(*)::int as waiting from event_deliveries where state = 'pending'`,
        );
        return rows[0]?.waiting === 0;
      },
      { timeoutMs: 180_000 },
    );
  });
  const seconds = (performance.now() - startedAt) / 1_000;
  const arrivals = firstArrivals(receiver.accepted);
  const told = await storedAndTold(rig, arrivals);
  return {
    figures: [
      atMost('undelivered', EXPECTED - told, 'events', 0),
      atMost('out_of_order', outOfOrder(arrivals), 'events', 0),
      unjudged('repeated', receiver.accepted.length - arrivals.length, 'events', 'lower'),
    ],
    parameters: { inboxes: INBOXES, ...MAILBOX, failsEvery: FAILS_EVERY, env: ENV },
    samples: { seconds, calls: receiver.calls(), accepted: receiver.accepted.length, told },
  };
}

interface Receiver {
  url: string;
  server: Server;
  accepted: readonly Arrival[];
  calls: () => number;
}

async function startReceiver(): Promise<Receiver> {
  const accepted: Arrival[] = [];
  let calls = 0;
  const server = createServer(async (req, res) => {
    calls += 1;
    const fails = calls % FAILS_EVERY === 0;
    const chunks = await req.toArray();
    const { data } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const { inboxId, sequence } = data;
    if (!fails) accepted.push({ id: String(req.headers['webhook-id']), inboxId, sequence });
    res.writeHead(fails ? 500 : 204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, server, accepted, calls: () => calls };
}

const personOf = (i: number) => ({
  ...{ orgId: 'bench', userId: `user-${i}`, email: `events-${i}@bench.example` },
});

async function seed(rig: Rig): Promise<Teammate[]> {
  const teammates: Teammate[] = [];
  for (let i = 0; i < INBOXES; i += 1) {
    const person = personOf(i);
    await rig.emulator.createAccount({ address: person.email });
    const { contacts } = await rig.emulator.seedBulk({ address: person.email, ...MAILBOX });
    const teammate = await teammateOf(rig, person);
    if (i === 0) await pushContacts(teammate, contacts);
    teammates.push(teammate);
  }
  return teammates;
}

/** Deliveries are at least once: an event counts when it first arrives. */
const firstArrivals = (accepted: readonly Arrival[]): Arrival[] =>
  [...new Map(accepted.toReversed().map((arrival) => [arrival.id, arrival])).values()].toSorted(
    (a, b) => accepted.indexOf(a) - accepted.indexOf(b),
  );

function outOfOrder(arrivals: readonly Arrival[]): number {
  const last = new Map<string, number>();
  let wrong = 0;
  for (const { inboxId, sequence } of arrivals) {
    if (sequence < (last.get(inboxId) ?? 0)) wrong += 1;
    last.set(inboxId, Math.max(sequence, last.get(inboxId) ?? 0));
  }
  return wrong;
}

/** By the ids on both sides, so that a row that says "delivered" is not taken at its word. */
async function storedAndTold(rig: Rig, arrivals: readonly Arrival[]): Promise<number> {
  const { rows } = await rig.db.query<{ told: number }>(
    `select count(distinct m.id)::int as told from messages m
     join event_deliveries d on d.facts ->> 'messageId' = m.id::text
     where d.event_id = any($1::uuid[])`,
    [arrivals.map(({ id }) => id)],
  );
  return rows[0]?.told ?? 0;
}
