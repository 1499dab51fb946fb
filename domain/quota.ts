/**
 * The quota window as arithmetic. The store decides the same in SQL; a test holds both together.
 *
 * Sliding and not fixed: a fixed minute lets two full minutes meet within one second of each
 * other, and the provider's clock is not ours (I8).
 */

/** Who asks: live mail goes first, then a waiting user, then backfill (B10). */
export type QuotaLane = 'live' | 'user' | 'backfill';

export interface QuotaRule {
  /** Units per window; keep it under the provider's figure, whose window is not known exactly. */
  limit: number;
  /** Length of the window, ms. */
  windowMs: number;
  /** Units each lane leaves to those before it: live 0, user some, backfill more. */
  reserves: Readonly<Record<QuotaLane, number>>;
}

/** Shares of a budget: 5 % of the smallest Gmail budget are seven new messages a minute. */
const RESERVED = { live: 0, user: 0.02, backfill: 0.05 } as const;

/** What each lane leaves of a budget of `limit` units to those before it. */
export function reservesOf(limit: number): Record<QuotaLane, number> {
  return {
    live: limit * RESERVED.live,
    user: Math.floor(limit * RESERVED.user),
    backfill: Math.floor(limit * RESERVED.backfill),
  };
}

/** Units taken, and when. It counts at every moment t with at <= t < at + windowMs. */
export interface QuotaSlot {
  /** Epoch ms. */
  at: number;
  units: number;
}

/**
 * How long a call of `units` has to wait so that no window of `rule.windowMs` that holds it takes
 * more than the lane may use, provided nothing else is taken meanwhile; take and check together.
 * @returns ms from `now`, 0 when it may start at once
 * @throws RangeError the call alone is more than the lane may ever use: a mistake in configuration
 */
export function waitMs(
  slots: readonly QuotaSlot[],
  units: number,
  lane: QuotaLane,
  rule: QuotaRule,
  now: number,
): number {
  const allowed = laneLimit(rule, lane);
  if (units > allowed) {
    throw new RangeError(`${units} units never fit into the ${allowed} of lane ${lane}`);
  }
  const live = slots.filter((slot) => slot.at + rule.windowMs > now).sort((a, b) => a.at - b.at);
  let used = live.reduce((sum, slot) => sum + slot.units, 0);
  let start = now;
  for (const slot of live) {
    if (used + units <= allowed) break;
    used -= slot.units;
    start = Math.max(start, slot.at + rule.windowMs);
  }
  return start - now;
}

/** Units a lane may fill the window up to, counting what every lane has taken. */
export function laneLimit(rule: QuotaRule, lane: QuotaLane): number {
  return rule.limit - rule.reserves[lane];
}
