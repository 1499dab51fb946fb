/** How a minute of quota is counted: any 60 s, or clock minutes that reset all at once. */
export type WindowKind = 'sliding' | 'fixed';

/** Times closer than this share one entry, so a busy window stays a few thousand entries long. */
const COALESCE_MS = 20;

/** Units spent in the last `lengthMs` of a monotonic clock. */
export class SpendWindow {
  readonly #lengthMs: number;
  readonly #kind: WindowKind;
  #times: number[] = [];
  #units: number[] = [];
  #head = 0;
  #sum = 0;

  constructor(lengthMs: number, kind: WindowKind) {
    this.#lengthMs = lengthMs;
    this.#kind = kind;
  }

  spent(now: number): number {
    this.#expire(now);
    return this.#sum;
  }

  spend(now: number, units: number): void {
    const last = this.#times.length - 1;
    const lastTime = this.#times[last];
    if (last >= this.#head && lastTime !== undefined && now - lastTime < COALESCE_MS) {
      this.#units[last] = (this.#units[last] ?? 0) + units;
    } else {
      this.#times.push(now);
      this.#units.push(units);
    }
    this.#sum += units;
  }

  /** Ms until `units` fit under `limit`; 0 when they fit now. */
  waitFor(now: number, units: number, limit: number): number {
    if (this.spent(now) + units <= limit) return 0;
    if (this.#kind === 'fixed') return this.#lengthMs - (now % this.#lengthMs);
    let left = this.#sum;
    for (let i = this.#head; i < this.#times.length; i++) {
      left -= this.#units[i] ?? 0;
      if (left + units <= limit) return (this.#times[i] ?? now) + this.#lengthMs - now;
    }
    return this.#lengthMs;
  }

  #expire(now: number): void {
    const floor =
      this.#kind === 'fixed' ? now - (now % this.#lengthMs) : now - this.#lengthMs + Number.EPSILON;
    while (this.#head < this.#times.length && (this.#times[this.#head] ?? now) < floor) {
      this.#sum -= this.#units[this.#head] ?? 0;
      this.#head++;
    }
    // Compacting now and then keeps memory flat without shifting on every call.
    if (this.#head > 1024 && this.#head * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#head);
      this.#units = this.#units.slice(this.#head);
      this.#head = 0;
    }
  }
}
