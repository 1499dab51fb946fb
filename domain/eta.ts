import { laneLimit, type QuotaLane, type QuotaRule, type QuotaSlot, reservesOf } from './quota.ts';

/**
 * What is left of a backfill. Messages are known exactly only once everything is listed; until
 * then the listed part speaks for the rest, by weight.
 */
export interface RemainingWork {
  /** Search or list calls still to make; further pages show up as they are found. */
  listCalls: number;
  /** Ids found that have no verdict yet. */
  messagesToFetch: number;
  /** Ids found so far, with and without a verdict. */
  messagesFound: number;
  /** Contact addresses × days, listed to the end; see `sliceWeight`. */
  listedWeight: number;
  /** The same for what is not listed yet. */
  unlistedWeight: number;
}

/** What one provider lets a backfill do, in its own units; configuration (providers.md A1, B4). */
export interface ProviderPace {
  /** Of a list or search call. */
  list: number;
  /** Of one message: Gmail 20, 40 headers first; Outlook's come by the page. */
  message: number;
  /** Units per window and mailbox; 0: no budget is kept. */
  limit: number;
  windowMs: number;
  /** Where it is not the quota that binds: how fast answers come. */
  unitsPerSecond: number;
}

export interface Estimate {
  /** Most likely. */
  ms: number;
  lowMs: number;
  highMs: number;
  /** True once everything is listed: what is left is counted, not guessed. */
  exact: boolean;
}

/**
 * Before anything is listed: 4 messages per contact address in 90 days. The arithmetic of
 * providers.md C reckons with 2 (500 addresses, 1,000 messages) to 20 (10 and 200).
 */
const PRIOR_MESSAGES_PER_WEIGHT = 4 / 90;

/** What is known beforehand weighs as much as one address listed for 90 days. */
const PRIOR_WEIGHT = 90;

/** Of the guess for what is not listed, when nothing is: a third to three times as much. */
const WIDEST_SPREAD = 3;

export function sliceWeight(slice: {
  from: number;
  to: number;
  addressIds: readonly string[];
}): number {
  return (slice.addressIds.length * (slice.to - slice.from)) / 86_400_000;
}

/**
 * How long the rest takes (B10), from its units and the quota window as it stands.
 *
 * The bounds are stated, not statistical: the guessed part spreads from a third to three times
 * while nothing is listed, and narrows to nothing with the share that is. A retry, other users of
 * the project's quota and new mail can still prolong it.
 *
 * @param unitsPerSecond measured over the last minutes, where known: the quota is what may be
 *   used, the latency of the provider can make it less
 */
export function estimateRemaining(
  work: RemainingWork,
  prices: Pick<ProviderPace, 'list' | 'message'>,
  quota: { slots: readonly QuotaSlot[]; rule: QuotaRule; lane: QuotaLane },
  now: number,
  unitsPerSecond: number = Number.POSITIVE_INFINITY,
): Estimate {
  const guessed = expectedMessages(work);
  const spread = WIDEST_SPREAD ** unlistedShare(work);
  const timeFor = (unlisted: number) => {
    const messages = work.messagesToFetch + Math.round(unlisted);
    const units = work.listCalls * prices.list + messages * prices.message;
    const atQuota = msUntilGranted(
      units,
      quota.slots,
      laneLimit(quota.rule, quota.lane),
      quota.rule.windowMs,
      now,
    );
    return Math.max(atQuota, Math.ceil((units / unitsPerSecond) * 1_000));
  };
  return {
    ms: timeFor(guessed),
    lowMs: timeFor(guessed / spread),
    highMs: timeFor(guessed * spread),
    exact: work.listCalls === 0 && work.unlistedWeight === 0,
  };
}

/**
 * The same for a backfill that has its mailbox's budget to itself.
 * @param headersFirst every message is paid for twice
 * @returns null where no budget is kept
 */
export function estimateAtPace(
  work: RemainingWork,
  { list, message, limit, windowMs, unitsPerSecond }: ProviderPace,
  { headersFirst, now }: { headersFirst: boolean; now: number },
): Estimate | null {
  if (limit === 0) return null;
  const prices = { list, message: message * (headersFirst ? 2 : 1) };
  const rule = { limit, windowMs, reserves: reservesOf(limit) };
  return estimateRemaining(
    work,
    prices,
    { slots: [], rule, lane: 'backfill' },
    now,
    unitsPerSecond,
  );
}

/**
 * When the last of `units` is granted, taking them as soon as the window allows. A sliding window
 * repeats itself: what is granted at t frees its units at t + windowMs, so only the first window
 * has to be looked at and the rest counts whole windows.
 * @returns ms from `now`
 */
export function msUntilGranted(
  units: number,
  slots: readonly QuotaSlot[],
  limit: number,
  windowMs: number,
  now: number,
): number {
  if (units <= 0) return 0;
  if (limit <= 0) return Number.POSITIVE_INFINITY;
  const live = slots.filter((slot) => slot.at + windowMs > now).sort((a, b) => a.at - b.at);
  const wholeWindows = Math.ceil(units / limit) - 1;
  const rest = units - wholeWindows * limit;
  let granted = limit - live.reduce((sum, slot) => sum + slot.units, 0);
  let wait = 0;
  for (const slot of live) {
    if (granted >= rest) break;
    granted += slot.units;
    wait = slot.at + windowMs - now;
  }
  return wholeWindows * windowMs + wait;
}

/** For people: "less than a minute", "about 4 minutes", "2 to 7 hours". */
export function describeEstimate({ ms, lowMs, highMs }: Estimate): string {
  if (!Number.isFinite(highMs)) return 'not known yet';
  if (highMs < 60_000) return 'less than a minute';
  const [unitMs, unit] = highMs < 90 * 60_000 ? [60_000, 'minute'] : [3_600_000, 'hour'];
  const whole = (value: number) => Math.max(1, Math.round(value / unitMs));
  const plural = (n: number) => (n === 1 ? unit : `${unit}s`);
  if (whole(lowMs) === whole(highMs)) return `about ${whole(ms)} ${plural(whole(ms))}`;
  return `${whole(lowMs)} to ${whole(highMs)} ${plural(whole(highMs))}`;
}

function expectedMessages({ messagesFound, listedWeight, unlistedWeight }: RemainingWork): number {
  const density =
    (messagesFound + PRIOR_MESSAGES_PER_WEIGHT * PRIOR_WEIGHT) / (listedWeight + PRIOR_WEIGHT);
  return density * unlistedWeight;
}

function unlistedShare({ listedWeight, unlistedWeight }: RemainingWork): number {
  return unlistedWeight === 0 ? 0 : unlistedWeight / (listedWeight + unlistedWeight);
}
