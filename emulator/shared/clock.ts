/**
 * The emulator's own time. Everything that expires (tokens, history, watches, relative searches)
 * reads it, so a test can cross a week by calling `advance` in place of sleeping.
 */
export class Clock {
  #offsetMs = 0;

  /** Epoch ms as the emulated provider sees it. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** Monotonic ms, shifted like `now`, for windows that must survive a wall-clock step. */
  mono(): number {
    return performance.now() + this.#offsetMs;
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
  }
}
