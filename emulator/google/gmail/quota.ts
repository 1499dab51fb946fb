import type { Clock } from '../../shared/clock.ts';
import { SpendWindow, type WindowKind } from '../../shared/sliding-window.ts';
import { minuteQuota, tooManyConcurrent } from './errors.ts';
import { PRICES, PROJECT_UNITS, type PriceList, USER_UNITS } from './prices.ts';

export interface QuotaOptions {
  /** Which published price table and per-user budget apply. */
  prices: PriceList;
  /** Units per minute and user; null: what the price list says. */
  unitsPerUserMinute: number | null;
  unitsPerProjectMinute: number;
  window: WindowKind;
  /** Quota seconds per real second: 20 makes a quota minute last 3 s. */
  timeScale: number;
  /** Calls of one user that may be under way at once; the surplus gets 429. */
  concurrency: number;
}

const DEFAULT_QUOTA: QuotaOptions = {
  prices: 'new',
  unitsPerUserMinute: null,
  unitsPerProjectMinute: PROJECT_UNITS,
  window: 'sliding',
  timeScale: 1,
  concurrency: 50,
};

/** What one user spent and how hard they pressed, since the counters were last cleared. */
export interface QuotaCount {
  mailbox: string;
  units: number;
  /** Highest sum of units in any 60 s window seen. */
  peakUnitsPerMinute: number;
  /** Refusals for quota or concurrency. */
  throttled: number;
  maxConcurrency: number;
}

const MINUTE_MS = 60_000;

/** The per-user and per-project minute budgets and the per-user concurrency wall. */
export class Quota {
  options: QuotaOptions = { ...DEFAULT_QUOTA };
  #clock: Clock;
  #users = new Map<string, SpendWindow>();
  #projects = new Map<string, SpendWindow>();
  #inFlight = new Map<string, number>();
  #counts = new Map<string, QuotaCount>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  configure(options: Partial<QuotaOptions>): void {
    this.options = { ...this.options, ...options };
    this.#users.clear();
    this.#projects.clear();
  }

  price(method: string): number {
    return PRICES[this.options.prices][method] ?? 5;
  }

  get userLimit(): number {
    return this.options.unitsPerUserMinute ?? USER_UNITS[this.options.prices];
  }

  /**
   * Takes `parts` places of the concurrency wall at once, as a batch does.
   * @returns how many of them are within the wall, and the release for all of them
   */
  enter(mailbox: string, parts: number): { admitted: number; leave: () => void } {
    const before = this.#inFlight.get(mailbox) ?? 0;
    this.#inFlight.set(mailbox, before + parts);
    const count = this.count(mailbox);
    count.maxConcurrency = Math.max(count.maxConcurrency, before + parts);
    const admitted = Math.max(0, Math.min(parts, this.options.concurrency - before));
    const leave = () => {
      this.#inFlight.set(mailbox, (this.#inFlight.get(mailbox) ?? parts) - parts);
    };
    return { admitted, leave };
  }

  refuseConcurrent(mailbox: string): never {
    this.count(mailbox).throttled++;
    throw tooManyConcurrent();
  }

  /**
   * Charges one call; refused calls cost nothing.
   * @throws ApiError 403 rateLimitExceeded
   */
  charge(mailbox: string, projectNumber: string, units: number): void {
    const now = this.#clock.mono() * this.options.timeScale;
    const user = this.#window(this.#users, `${projectNumber} ${mailbox}`);
    const project = this.#window(this.#projects, projectNumber);
    const count = this.count(mailbox);
    if (user.spent(now) + units > this.userLimit) {
      count.throttled++;
      throw minuteQuota(projectNumber, true, this.userLimit);
    }
    if (project.spent(now) + units > this.options.unitsPerProjectMinute) {
      count.throttled++;
      throw minuteQuota(projectNumber, false, this.options.unitsPerProjectMinute);
    }
    user.spend(now, units);
    project.spend(now, units);
    count.units += units;
    count.peakUnitsPerMinute = Math.max(count.peakUnitsPerMinute, user.spent(now));
  }

  count(mailbox: string): QuotaCount {
    let count = this.#counts.get(mailbox);
    if (!count) {
      count = { mailbox, units: 0, peakUnitsPerMinute: 0, throttled: 0, maxConcurrency: 0 };
      this.#counts.set(mailbox, count);
    }
    return count;
  }

  counts(): QuotaCount[] {
    return [...this.#counts.values()].map((count) => ({ ...count }));
  }

  clearCounts(): void {
    this.#counts.clear();
  }

  #window(windows: Map<string, SpendWindow>, key: string): SpendWindow {
    let window = windows.get(key);
    if (!window) {
      window = new SpendWindow(MINUTE_MS, this.options.window);
      windows.set(key, window);
    }
    return window;
  }
}
