import type { Touches } from '../db/touch-store.ts';
import type { ProviderCall } from '../providers/mail-provider.ts';

/**
 * How many ids a call listed is known only after it, when a disconnect may have been answered and
 * nothing may be written any more: those are carried over and written with the next call.
 */
export class TouchCounter {
  #listed = 0;

  /** What to write with `call`, as soon as it has left. */
  take(call: ProviderCall): Touches {
    const idsListed = this.#listed;
    this.#listed = 0;
    return {
      calls: 1,
      units: call.units,
      idsListed,
      headsRead: call.reads?.heads ?? 0,
      bodiesRead: call.reads?.bodies ?? 0,
    };
  }

  noteListed(call: ProviderCall): void {
    this.#listed += call.reads?.ids ?? 0;
  }
}
