import { until } from '../demo/until.ts';
import { comeBack, consent, pushContacts, teammateOf } from './connect.ts';
import { atMost, type Outcome } from './figures.ts';
import { initialBackfill } from './initial-backfill.ts';
import { type Rig, startRig, steps } from './rig.ts';
import { median, percentile } from './stats.ts';

const MAILBOX = { messages: 2_000, matching: 200, contacts: 100, days: 89 } as const;
const CONNECTS = 15;
const LATENCY_MS = 100;
/** How often the timelines are looked at; the samples are this coarse. */
const LOOK_EVERY_MS = 10;

interface FirstMail {
  seconds: number;
  /** How much of it the browser waits for the callback's answer. */
  callbackSeconds: number;
}

/** From the browser's return with the consent to the first message on any timeline. */
export async function firstMail(): Promise<Outcome> {
  await using rig = await startRig({ latencyMs: LATENCY_MS });
  const samples: FirstMail[] = [];
  for (let i = 0; i < CONNECTS; i += 1) {
    const sample = await steps.run(
      `Connect ${i + 1} of ${CONNECTS}`,
      () => connectOnce(rig, i),
      ({ seconds }) => `first mail after ${seconds.toFixed(2)} s`,
    );
    samples.push(sample);
  }
  const seconds = samples.map((sample) => sample.seconds);
  return {
    figures: [atMost('median_s', median(seconds), 's', 2)],
    parameters: { ...MAILBOX, connects: CONNECTS, latencyMs: LATENCY_MS },
    samples: { connects: samples, p90: percentile(seconds, 0.9), max: Math.max(...seconds) },
  };
}

/** A new teammate of a new org each time; the last one's backfill has ended by then. */
async function connectOnce(rig: Rig, i: number): Promise<FirstMail> {
  const person = { orgId: `org-${i}`, userId: `user-${i}`, email: `user-${i}@bench.example` };
  await rig.emulator.createAccount({ address: person.email });
  const { contacts } = await rig.emulator.seedBulk({ address: person.email, ...MAILBOX });
  const teammate = await teammateOf(rig, person);
  await pushContacts(teammate, contacts);
  const redirectUrl = await consent(rig, teammate);

  const startedAt = performance.now();
  const [seconds, callback] = await Promise.all([
    firstOnTimeline(rig, person.userId).then(() => since(startedAt)),
    comeBack(teammate, redirectUrl).then((inboxId) => ({ inboxId, seconds: since(startedAt) })),
  ]);
  await initialBackfill(rig, callback.inboxId, {
    expected: MAILBOX.matching,
    timeoutMs: 60_000,
  });
  return { seconds, callbackSeconds: callback.seconds };
}

const since = (startedAt: number): number => (performance.now() - startedAt) / 1_000;

async function firstOnTimeline({ db }: Rig, userId: string): Promise<void> {
  const look = async (): Promise<boolean> => {
    const { rowCount } = await db.query('select from message_contacts where user_id = $1 limit 1', [
      userId,
    ]);
    return rowCount === 1;
  };
  await until('the first message', look, { timeoutMs: 60_000, everyMs: LOOK_EVERY_MS });
}
