import { randomUUID } from 'node:crypto';
import { endCall, holdCalls, type SlotRequest, takeCallSlots } from '../db/call-slot-store.ts';
import type { Database } from '../db/database.ts';
import { RateLimitedError } from '../providers/errors.ts';
import type { Lane } from '../providers/mail-provider.ts';

export interface SlotsWanted {
  /** Whose: provider and mailbox hash. */
  key: string;
  lane: Lane;
  slots: number;
  /** How many the provider allows at once. */
  limit: number;
  /** Waits longer than this are refused. */
  patienceMs: number;
  signal?: AbortSignal;
}

const RANK: Record<Lane, number> = { live: 0, user: 1, backfill: 2 };

/** How soon a slot that another process gave back is noticed; those of this one at once. */
const ASK_EVERY_MS = 100;
/**
 * What a process that died held, a slot or a place in line, is free again after this: no later than
 * its activities are noticed (workflows/activity-options.ts), or whoever repeats them would wait.
 * Longer than any turn of asking, or it would be lost on a busy machine.
 */
const LEASE_MS = 8_000;

/**
 * The wall of calls at once in a mailbox, over all processes: a ticket in Postgres for each call.
 * Within a process a freed slot is passed on without a pause. One instance per process.
 */
export class CallSlots {
  readonly #database: Database;
  readonly #leaseMs: number;
  /** By key: whoever waits here, to be told that a slot is free. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(database: Database, leaseMs = LEASE_MS) {
    this.#database = database;
    this.#leaseMs = leaseMs;
  }

  /**
   * Runs `call` with the slots it needs.
   * @throws RateLimitedError the wait is longer than `patienceMs`
   */
  async within<T>(wanted: SlotsWanted, call: () => Promise<T>): Promise<T> {
    const ticket = randomUUID();
    try {
      const request = await this.#waitInLine(wanted, ticket);
      await using _kept = this.#keep(request);
      return await call();
    } finally {
      // When this fails the lease runs out by itself, and the call has its result all the same.
      await endCall(this.#database, ticket).catch(() => {});
      for (const tell of this.#waiting.get(wanted.key) ?? []) tell();
    }
  }

  /** The provider asked for a pause: nobody calls in this mailbox before it is over. */
  async hold(key: string, ms: number): Promise<void> {
    await holdCalls(this.#database, key, ms);
  }

  /** @returns what was granted */
  async #waitInLine(wanted: SlotsWanted, ticket: string): Promise<SlotRequest> {
    const { key, lane, slots, limit, patienceMs, signal } = wanted;
    const lease = { leaseMs: this.#leaseMs, lineMs: this.#leaseMs };
    const request = { key, ticket, rank: RANK[lane], slots, limit, ...lease };
    const since = performance.now();
    for (;;) {
      signal?.throwIfAborted();
      // Before asking: a slot freed while the question is on its way must not be missed.
      using freed = this.#listen(key);
      const { granted, heldMs } = await takeCallSlots(this.#database, request);
      if (granted) return request;
      if (performance.now() - since + heldMs > patienceMs) throw busy(heldMs);
      await freed.orAfter(heldMs > 0 ? Math.min(heldMs, this.#leaseMs / 2) : ASK_EVERY_MS, signal);
    }
  }

  /** For as long as the call lasts: to ask again for what was granted begins the lease anew. */
  #keep(request: SlotRequest): AsyncDisposable {
    let asked: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => {
      asked = Promise.allSettled([asked, takeCallSlots(this.#database, request)]);
    }, this.#leaseMs / 4);
    return {
      // Awaited: a question that comes after the end of the call would take slots for nobody.
      [Symbol.asyncDispose]: async () => {
        clearInterval(timer);
        await asked;
      },
    };
  }

  #listen(key: string) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const listeners = this.#waiting.get(key) ?? new Set();
    this.#waiting.set(key, listeners.add(resolve));
    return {
      orAfter: async (ms: number, signal?: AbortSignal): Promise<void> => {
        const timer = setTimeout(resolve, ms);
        const stop = (): void => resolve();
        signal?.addEventListener('abort', stop, { once: true });
        await promise;
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
      },
      [Symbol.dispose]: () => {
        listeners.delete(resolve);
        if (listeners.size === 0) this.#waiting.delete(key);
      },
    };
  }
}

const busy = (heldMs: number): RateLimitedError =>
  new RateLimitedError('This mailbox is busy for the moment.', Math.max(heldMs, 1_000));
