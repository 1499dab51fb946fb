import type { Logger } from 'pino';
import { describeError } from '../config/describe-error.ts';
import type { Database } from '../db/database.ts';
import { dueEndpoints } from '../db/endpoint-store.ts';
import type { WorkflowControl } from './temporal.ts';

interface DeliveryStarterOptions {
  database: Database;
  workflows: Pick<WorkflowControl, 'deliverEvents'>;
  log: Logger;
  everyMs: number;
}

/** While Temporal or Postgres is away. */
const AFTER_FAILURE_MS = 5_000;

/**
 * Starts the deliveries of every endpoint with something due. Looking is what makes it certain: an
 * event is a row, whoever wrote it and whatever died afterwards, and starting twice does no harm.
 */
export class DeliveryStarter implements AsyncDisposable {
  readonly #options: DeliveryStarterOptions;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: DeliveryStarterOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = this.#look().then((waitMs) => {
      if (!this.#stopped) this.#timer = setTimeout(() => this.start(), waitMs);
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
      return everyMs;
    } catch (error) {
      log.warn(
        { failure: describeError(error) },
        'deliveries were not started; trying again later',
      );
      return AFTER_FAILURE_MS;
    }
  }
}
