import type { Logger } from 'pino';
import { describeError } from '../config/describe-error.ts';
import type { Database } from '../db/database.ts';
import { dueEndpoints } from '../db/endpoint-store.ts';
import { dueSends, type SendRef } from '../db/outgoing-store.ts';
import { dueCopies } from '../db/sent-copy-store.ts';
import type { WorkflowControl } from './temporal.ts';

interface WorkStarterOptions {
  database: Database;
  workflows: Pick<WorkflowControl, 'deliverEvents' | 'sendMessage'>;
  log: Logger;
  everyMs: number;
}

/** While Temporal or Postgres is away. */
const AFTER_FAILURE_MS = 5_000;

/**
 * Starts what rows say is due: deliveries of events, messages whose request died before it had
 * started them, and those whose copy has not come. Looking is what makes it certain, whoever wrote
 * the row and whatever died afterwards; starting twice does no harm.
 */
export class WorkStarter implements AsyncDisposable {
  readonly #options: WorkStarterOptions;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: WorkStarterOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#look().then((waitMs) => {
      if (!this.#stopped) this.#timer = setTimeout(() => this.start(), waitMs);
    });
  }

  /** At once, for a user who waits. Never fails: the next look finds what did not start. */
  startSend(send: SendRef): void {
    const { workflows, log } = this.#options;
    workflows.sendMessage(send).catch((error) => {
      const { inboxId, id } = send;
      log.warn({ inboxId, outgoingId: id, failure: describeError(error) }, 'not started yet');
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  /** Never rejects. @returns ms until the next look */
  async #look(): Promise<number> {
    const { database, workflows, log, everyMs } = this.#options;
    try {
      for (const endpointId of await database.asNobody(dueEndpoints)) {
        await workflows.deliverEvents({ endpointId });
      }
      for (const due of [dueSends, dueCopies]) {
        for (const send of await database.asNobody(due)) await workflows.sendMessage(send);
      }
      return everyMs;
    } catch (error) {
      log.warn({ failure: describeError(error) }, 'due work was not started; trying again later');
      return AFTER_FAILURE_MS;
    }
  }
}
