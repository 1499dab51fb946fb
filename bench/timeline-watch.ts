import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { until } from '../demo/until.ts';

/** Notices when messages are on a timeline. */
export class TimelineWatch implements AsyncDisposable {
  readonly #db: Client;
  readonly #everyMs: number;
  /** By provider message id: when it arrived, on this process's clock. */
  readonly #expected = new Map<string, number>();
  readonly #seconds: number[] = [];
  readonly #looking: Promise<void>;
  #stopped = false;

  /** @param everyMs how often Postgres is asked; samples are this coarse, always to their disadvantage */
  constructor(db: Client, { everyMs = 10 }: { everyMs?: number } = {}) {
    this.#db = db;
    this.#everyMs = everyMs;
    this.#looking = this.#look();
  }

  expect(providerMessageId: string, arrivedAt: number): void {
    this.#expected.set(providerMessageId, arrivedAt);
  }

  /** @throws Error when some are still missing after the time-out */
  async all(timeoutMs: number): Promise<number[]> {
    const arrived = async (): Promise<boolean> => this.#expected.size === 0;
    await until('every message is on a timeline', arrived, { timeoutMs }).catch((error: Error) => {
      throw new Error(`${error.message}; ${this.#expected.size} are missing`, { cause: error });
    });
    return this.#seconds;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    await this.#looking;
  }

  async #look(): Promise<void> {
    while (!this.#stopped) {
      await sleep(this.#everyMs);
      if (this.#expected.size === 0) continue;
      const { rows } = await this.#db.query<{ id: string }>(
        `select distinct m.provider_message_id as id
         from messages m join message_contacts c on c.message_id = m.id
         where m.provider_message_id = any($1)`,
        [[...this.#expected.keys()]],
      );
      const now = performance.now();
      for (const { id } of rows) this.#notice(id, now);
    }
  }

  #notice(id: string, now: number): void {
    const arrivedAt = this.#expected.get(id);
    if (arrivedAt === undefined) return;
    this.#expected.delete(id);
    this.#seconds.push((now - arrivedAt) / 1_000);
  }
}
