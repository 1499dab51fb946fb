import { setTimeout as sleep } from 'node:timers/promises';
import type { Child } from '../stack/child.ts';
import { connectMailbox, pushContacts, teammateOf } from './connect.ts';
import type { Outcome } from './figures.ts';
import { initialBackfill } from './initial-backfill.ts';
import { type Rig, startRig, steps } from './rig.ts';

/** Enough for three ends of each kind. */
const MAILBOX = { messages: 20_000, matching: 3_000, contacts: 300, days: 89 } as const;

/** Six times the speed of Gmail's clock; the ends come by the real one. */
const TIME_SCALE = 6;
const LATENCY_MS = 50;
const WINDOW_MS = 60_000 / TIME_SCALE;

const FIRST_END_MS = 10_000;
const END_EVERY_MS = 20_000;

interface Ending {
  how: 'SIGTERM' | 'SIGKILL';
  atS: number;
  /** Until there was a new process in its place; it is polling some seconds later. */
  goneS: number;
}

interface Run {
  seconds: number;
  /** In scope by the emulator's list, without a row here. */
  lost: number;
  /** Rows too many: of messages, of timelines, and of mails that the user got about the backfill. */
  doubled: number;
  endings: Ending[];
}

/** A backfill whose worker is ended and started again all the time, beside one that is left alone. */
export async function deploy(): Promise<Outcome> {
  const env = { QUOTA_WINDOW_MS: String(WINDOW_MS) };
  await using rig = await startRig({ env, latencyMs: LATENCY_MS });
  await rig.emulator.setQuota({ timeScale: TIME_SCALE });
  await using workers = new Workers(rig);
  const undisturbed = await backfill(rig, 'undisturbed');
  // Both begin with a fresh window of quota.
  await sleep(WINDOW_MS);
  const disturbed = await backfill(rig, 'disturbed', workers);
  const count = (figure: string, value: number) =>
    ({ bench: 'deploy', figure, value, unit: 'rows', bound: 0, better: 'lower' }) as const;
  return {
    figures: [
      count('lost', undisturbed.lost + disturbed.lost),
      count('doubled', undisturbed.doubled + disturbed.doubled),
      {
        ...{ bench: 'deploy', figure: 'time_over_undisturbed', unit: 'ratio' },
        ...{ value: disturbed.seconds / undisturbed.seconds, bound: 1.5, better: 'lower' },
      },
    ],
    parameters: {
      ...{ ...MAILBOX, timeScale: TIME_SCALE, latencyMs: LATENCY_MS, env },
      ...{ firstEndMs: FIRST_END_MS, endEveryMs: END_EVERY_MS, how: 'SIGTERM and SIGKILL in turn' },
    },
    samples: { undisturbed, disturbed },
  };
}

async function backfill(rig: Rig, name: string, workers?: Workers): Promise<Run> {
  const email = `${name}@bench.example`;
  const owner = await teammateOf(rig, { orgId: name, userId: name, email });
  const { contacts, matchingIds } = await rig.emulator.seedBulk({ address: email, ...MAILBOX });
  await pushContacts(owner, contacts);
  return await steps.run(`Backfill of ${MAILBOX.matching} messages, ${name}`, async () => {
    const inboxId = await connectMailbox(rig, owner);
    workers?.endAllTheTime();
    const { plannedAt, finishedAt } = await initialBackfill(rig, inboxId, {
      ...{ expected: MAILBOX.matching, timeoutMs: 220_000, everyMs: 500 },
    });
    const endings = (await workers?.leaveAlone()) ?? [];
    return {
      seconds: (finishedAt.getTime() - plannedAt.getTime()) / 1_000,
      ...(await compare(rig, inboxId, email, matchingIds)),
      endings,
    };
  });
}

/** The tables against the emulator's list. */
async function compare(
  { db, stack }: Rig,
  inboxId: string,
  email: string,
  matchingIds: readonly string[],
): Promise<Pick<Run, 'lost' | 'doubled'>> {
  const { rows } = await db.query<{ id: string }>(
    'select provider_message_id as id from messages where inbox_id = $1',
    [inboxId],
  );
  const stored = new Set(rows.map(({ id }) => id));
  const { rows: links } = await db.query<{ doubled: number }>(
    `select count(*)::int - count(distinct (m.provider_message_id, c.contact_id))::int as doubled
     from message_contacts c join messages m on m.id = c.message_id where c.inbox_id = $1`,
    [inboxId],
  );
  const isDone = (to: readonly string[], subject: string): boolean =>
    to.includes(email) && /history/.test(subject);
  await stack.smtp?.waitForMessage(({ to, subject }) => isDone(to, subject), 30_000);
  const mails = stack.smtp?.messages().filter(({ to, subject }) => isDone(to, subject)) ?? [];
  return {
    lost: matchingIds.filter((id) => !stored.has(id)).length,
    doubled: rows.length - matchingIds.length + (links[0]?.doubled ?? 0) + mails.length - 1,
  };
}

/** The one worker process, and those that come after it. */
class Workers implements AsyncDisposable {
  readonly #rig: Rig;
  readonly #stop = new AbortController();
  #worker: Child;
  #ending: Promise<Ending[]> = Promise.resolve([]);

  constructor(rig: Rig) {
    this.#rig = rig;
    this.#worker = rig.product.worker;
  }

  endAllTheTime(): void {
    this.#ending = this.#endings();
    this.#ending.catch(() => {});
  }

  async leaveAlone(): Promise<Ending[]> {
    this.#stop.abort();
    return await this.#ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leaveAlone().catch(() => {});
    await this.#worker.stop();
  }

  async #endings(): Promise<Ending[]> {
    const endings: Ending[] = [];
    const startedAt = performance.now();
    for (let i = 0; ; i += 1) {
      const dueAt = startedAt + FIRST_END_MS + i * END_EVERY_MS;
      await sleep(Math.max(0, dueAt - performance.now()), undefined, {
        signal: this.#stop.signal,
      }).catch(() => {});
      if (this.#stop.signal.aborted) return endings;
      const atS = (performance.now() - startedAt) / 1_000;
      const how = i % 2 === 0 ? 'SIGTERM' : 'SIGKILL';
      await (how === 'SIGTERM' ? this.#worker.stop() : this.#worker.kill());
      this.#worker = await this.#rig.product.startWorker();
      endings.push({ how, atS, goneS: (performance.now() - startedAt) / 1_000 - atS });
    }
  }
}
