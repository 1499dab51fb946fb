/** One notification for one inbox. */
export interface Push {
  inboxId: string;
  epoch: number;
  /** The provider's own counter, a hint only: it orders notifications of one mailbox. */
  historyId: bigint;
}

interface CoalescerOptions {
  wake: (inbox: { inboxId: string; epoch: number }) => Promise<void>;
  /** Between two signals for one inbox. */
  intervalMs: number;
  now: () => number;
}

interface Recent {
  epoch: number;
  /** Highest counter that an accepted signal stands for. */
  delivered: bigint;
  signalledAt: number;
  /** The signal that waits for the interval to pass; all that come meanwhile share it. */
  waiting: Waiting | null;
}

interface Waiting {
  historyId: bigint;
  done: Promise<void>;
}

/** Inboxes remembered; the oldest are forgotten, which costs a signal and loses nothing. */
const MAX_INBOXES = 20_000;
/**
 * After this a repeated counter is signalled again, in case the provider's counter was reset; until
 * then the poll finds what such a mailbox gets. Longer than a watch lives, since each daily renewal
 * repeats the counter though nothing happened.
 */
const FORGET_MS = 8 * 86_400_000;

/**
 * Turns a storm of notifications into a few signals and loses none: the first is signalled at
 * once, those within the interval share one signal at its end, and each caller is answered only
 * when the signal that stands for it was accepted. If this process dies before, the provider was
 * not answered and delivers again.
 */
export class PushCoalescer {
  readonly #options: CoalescerOptions;
  readonly #recent = new Map<string, Recent>();

  constructor(options: CoalescerOptions) {
    this.#options = options;
  }

  /** @throws when Temporal did not take the signal: the provider must deliver again */
  async push({ inboxId, epoch, historyId }: Push): Promise<'signalled' | 'stale'> {
    const recent = this.#remember(inboxId, epoch);
    if (historyId <= recent.delivered) return 'stale';
    if (recent.waiting) {
      if (historyId > recent.waiting.historyId) recent.waiting.historyId = historyId;
      await recent.waiting.done;
      return 'signalled';
    }
    const waiting: Waiting = { historyId, done: Promise.resolve() };
    recent.waiting = waiting;
    waiting.done = this.#signal(inboxId, recent, waiting);
    await waiting.done;
    return 'signalled';
  }

  async #signal(inboxId: string, recent: Recent, waiting: Waiting): Promise<void> {
    const wait = recent.signalledAt + this.#options.intervalMs - this.#options.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    // From here on a sync may already be reading: what comes now needs a signal of its own.
    recent.waiting = null;
    recent.signalledAt = this.#options.now();
    await this.#options.wake({ inboxId, epoch: recent.epoch });
    if (waiting.historyId > recent.delivered) recent.delivered = waiting.historyId;
  }

  #remember(inboxId: string, epoch: number): Recent {
    const known = this.#recent.get(inboxId);
    const fresh = known && (known.waiting || this.#options.now() - known.signalledAt < FORGET_MS);
    const recent =
      known && fresh && known.epoch === epoch
        ? known
        : { epoch, delivered: -1n, signalledAt: Number.NEGATIVE_INFINITY, waiting: null };
    this.#recent.delete(inboxId);
    this.#recent.set(inboxId, recent);
    const oldest = this.#recent.keys().next().value;
    if (this.#recent.size > MAX_INBOXES && oldest) this.#recent.delete(oldest);
    return recent;
  }
}
