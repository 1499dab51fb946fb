import type { Clock } from '../shared/clock.ts';
import { SpendWindow } from '../shared/sliding-window.ts';
import { mailboxConcurrency, tooManyRequests } from './errors.ts';

export interface GraphQuotaOptions {
  /** Requests per app and mailbox in ten minutes (documented: 10,000). */
  requestsPer10Minutes: number;
  /** Requests of an app under way at once in one mailbox (documented: 4). */
  concurrency: number;
  /** Quota seconds per real second: 20 makes ten minutes last 30 s. */
  timeScale: number;
  /** Seconds that a refusal for concurrency asks to wait. */
  concurrencyRetryAfterS: number;
}

const DEFAULT_QUOTA: GraphQuotaOptions = {
  requestsPer10Minutes: 10_000,
  concurrency: 4,
  timeScale: 1,
  concurrencyRetryAfterS: 1,
};

/** What one mailbox was asked, since the counters were last cleared. */
export interface GraphQuotaCount {
  mailbox: string;
  requests: number;
  throttled: number;
  maxConcurrency: number;
}

const WINDOW_MS = 600_000;

/** The two walls of a mailbox: requests in ten minutes, and requests at once. */
export class GraphQuota {
  options: GraphQuotaOptions = { ...DEFAULT_QUOTA };
  readonly #clock: Clock;
  #windows = new Map<string, SpendWindow>();
  #inFlight = new Map<string, number>();
  #counts = new Map<string, GraphQuotaCount>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  configure(options: Partial<GraphQuotaOptions>): void {
    this.options = { ...this.options, ...options };
    this.#windows.clear();
  }

  /** Takes one place. @returns whether it was within the wall, and the release */
  enter(mailbox: string, appId: string): { admitted: boolean; leave: () => void } {
    const key = `${appId} ${mailbox}`;
    const now = (this.#inFlight.get(key) ?? 0) + 1;
    this.#inFlight.set(key, now);
    const count = this.#count(mailbox);
    count.maxConcurrency = Math.max(count.maxConcurrency, now);
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      this.#inFlight.set(key, (this.#inFlight.get(key) ?? 1) - 1);
    };
    return { admitted: now <= this.options.concurrency, leave };
  }

  /**
   * Counts one request; refused ones count as well.
   * @throws GraphError 429 with Retry-After
   */
  charge(mailbox: string, appId: string, admitted: boolean): void {
    const { timeScale, requestsPer10Minutes, concurrencyRetryAfterS } = this.options;
    const now = this.#clock.mono() * timeScale;
    const window = this.#window(`${appId} ${mailbox}`);
    const count = this.#count(mailbox);
    count.requests++;
    const wait = window.waitFor(now, 1, requestsPer10Minutes);
    window.spend(now, 1);
    if (wait > 0) {
      count.throttled++;
      throw tooManyRequests(Math.max(1, Math.ceil(wait / 1000 / timeScale)));
    }
    if (!admitted) {
      count.throttled++;
      throw mailboxConcurrency(concurrencyRetryAfterS);
    }
  }

  counts(): GraphQuotaCount[] {
    return [...this.#counts.values()].map((count) => ({ ...count }));
  }

  clearCounts(): void {
    this.#counts.clear();
  }

  #count(mailbox: string): GraphQuotaCount {
    let count = this.#counts.get(mailbox);
    if (!count) {
      count = { mailbox, requests: 0, throttled: 0, maxConcurrency: 0 };
      this.#counts.set(mailbox, count);
    }
    return count;
  }

  #window(key: string): SpendWindow {
    let window = this.#windows.get(key);
    if (!window) {
      window = new SpendWindow(WINDOW_MS, 'sliding');
      this.#windows.set(key, window);
    }
    return window;
  }
}
