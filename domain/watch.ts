import type { Provider } from './inbox.ts';

const DAY_MS = 86_400_000;

/**
 * How long before its end a watch is renewed. Gmail's lives seven days, and Google advises to renew it
 * daily. A Graph subscription lives as long or less than three days, as the tenant has it (B5): two days
 * are eight looks of the longest poll.
 */
const RENEW_BEFORE_END_MS: Record<Provider, number> = { gmail: 6 * DAY_MS, outlook: 2 * DAY_MS };

/** @param expiresAt epoch ms; null where there is no watch, which is then asked for again */
export const isWatchDue = (provider: Provider, expiresAt: number | null, now: number): boolean =>
  expiresAt === null || expiresAt - now < RENEW_BEFORE_END_MS[provider];
