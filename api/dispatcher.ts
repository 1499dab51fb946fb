import type { Logger } from 'pino';
import { describeError } from '../config/describe-error.ts';
import { commandDone, openCommands, type WorkflowCommand } from '../db/command-store.ts';
import type { Database } from '../db/database.ts';
import { listDeletions } from '../db/deletion-store.ts';
import { InboxNotFoundError } from '../db/errors.ts';
import { lockInbox } from '../db/inbox-lock.ts';
import type { InboxRow } from '../db/inbox-row.ts';
import type { WorkflowControl } from './temporal.ts';

interface DispatcherOptions {
  /** As the API: reads and closes commands. */
  database: Database;
  /** As the worker: reads one inbox of any user, ids and states only. */
  workerDatabase: Database;
  workflows: WorkflowControl;
  log: Logger;
  sweepEveryMs: number;
}

/** Commands younger than this are still being told by the request that wrote them. */
const SWEEP_AFTER_MS = 6_000;
const CONCURRENCY = 8;
/** So many failures in a row mean Temporal is away: the rest waits for the next sweep. */
const GIVE_UP_AFTER = 3;

/**
 * Tells Temporal what was decided in Postgres, after the deciding transaction has committed. Any
 * process may tell any command, in any order, twice: each looks at the inbox as it stands now, so
 * that a late `close` cannot stop an inbox that was connected again.
 */
export class Dispatcher implements AsyncDisposable {
  readonly #options: DispatcherOptions;
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Never fails and is not waited for: what does not reach Temporal now, the sweeper tells it. */
  dispatch(commands: readonly WorkflowCommand[]): void {
    if (commands.length > 0) this.#track(this.#executeAll(commands));
  }

  /** Looks every few seconds for what a crash or an outage has left untold. */
  startSweeping(): void {
    const sweep = async (): Promise<void> => {
      await this.sweep(SWEEP_AFTER_MS).catch((error) => {
        this.#options.log.warn({ failure: describeError(error) }, 'sweep of commands failed');
      });
      if (!this.#stopped) this.#timer = setTimeout(run, this.#options.sweepEveryMs);
    };
    const run = (): void => this.#track(sweep());
    run();
  }

  async sweep(olderThanMs: number): Promise<void> {
    const { database } = this.#options;
    const commands = await database.asNobody((tx) => openCommands(tx, olderThanMs));
    await this.#executeAll(commands);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    await Promise.all(this.#running);
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  /** Never rejects. Those of one inbox in their order, several inboxes at once. */
  async #executeAll(commands: readonly WorkflowCommand[]): Promise<void> {
    const queues = [...Map.groupBy(commands, ({ inboxId }) => inboxId).values()];
    let failures = 0;
    const lane = async (): Promise<void> => {
      for (let queue = queues.shift(); queue; queue = queues.shift()) {
        if (failures >= GIVE_UP_AFTER) return;
        failures = (await this.#executeQueue(queue)) ? 0 : failures + 1;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  }

  async #executeQueue(queue: readonly WorkflowCommand[]): Promise<boolean> {
    for (const command of queue) {
      try {
        await this.#execute(command);
        await this.#options.database.asNobody((tx) => commandDone(tx, command.id));
      } catch (error) {
        const { inboxId, kind, epoch } = command;
        this.#options.log.warn(
          { inboxId, kind, epoch, failure: describeError(error) },
          'Temporal was not told; trying again later',
        );
        return false;
      }
    }
    return true;
  }

  async #execute({ inboxId, kind, epoch }: WorkflowCommand): Promise<void> {
    const { workflows } = this.#options;
    const inbox = await this.#inbox(inboxId);
    if (!inbox) return;
    switch (kind) {
      case 'open':
        if (isOpen(inbox) && inbox.epoch === epoch) await workflows.open({ inboxId, epoch });
        return;
      case 'wake':
        if (isOpen(inbox) && !(await workflows.wake(inboxId, 'work'))) {
          await workflows.open({ inboxId, epoch: inbox.epoch });
        }
        return;
      case 'close':
        await this.#close(inboxId);
        return;
      case 'delete':
        if (inbox.status === 'deleting') await this.#startDeletion(inbox);
        return;
    }
  }

  /**
   * Holds the inbox meanwhile, so that it cannot be connected again between the look and the cancel:
   * the cancel would hit the new epoch's workflow. Bounded by the deadline of the call to Temporal.
   */
  async #close(inboxId: string): Promise<void> {
    const { workerDatabase, workflows } = this.#options;
    await workerDatabase.asInbox(inboxId, async (tx) => {
      const inbox = await lockInbox(tx, inboxId);
      if (!isOpen(inbox)) await workflows.close(inboxId);
    });
  }

  async #startDeletion({ id, epoch }: InboxRow): Promise<void> {
    const { workerDatabase, workflows } = this.#options;
    const deletions = await workerDatabase.asInbox(id, (tx) => listDeletions(tx, id));
    const deletion = deletions.find(({ finishedAt }) => finishedAt === null);
    if (deletion) await workflows.deleteHistory({ inboxId: id, epoch, deletionId: deletion.id });
  }

  async #inbox(inboxId: string): Promise<InboxRow | null> {
    try {
      return await this.#options.workerDatabase.asInbox(inboxId, async (_tx, inbox) => inbox);
    } catch (error) {
      if (error instanceof InboxNotFoundError) return null;
      throw error;
    }
  }
}

/** `needs_reconnect` has a workflow too: it waits for the user. */
function isOpen({ status }: InboxRow): boolean {
  return status === 'connected' || status === 'needs_reconnect';
}
