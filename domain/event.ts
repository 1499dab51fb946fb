/** What the product tells other systems. Types and their facts are part of the API. */

export const EVENT_TYPES = [
  'message.synced',
  'backfill.completed',
  'backfill.failed',
  'inbox.needs_reconnect',
  'inbox.disconnected',
  'history.deleted',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** Ids, times, states and counts, as they were when it happened; never content. */
export type EventFacts = Readonly<Record<string, unknown>>;

/** Why an endpoint is told nothing: its owner's wish, days of failure, or its own answer 410. */
export type DisabledWhy = 'asked' | 'failing' | 'gone';

const LONGEST_WAIT_MS = 4 * 3_600_000;
const FACTOR = 5;

/**
 * How long after its `attempts`-th failure a delivery is tried again: by default 1 s, 5 s, 25 s,
 * 2 min, 10 min, 52 min, then every four hours.
 * @param jitter 0 to 1; up to a fifth is added, so that a receiver that comes back is not met by
 *   everything at once
 */
export function retryDelayMs(attempts: number, firstMs: number, jitter: number): number {
  const delay = Math.min(firstMs * FACTOR ** (attempts - 1), LONGEST_WAIT_MS);
  return Math.round(delay * (1 + jitter / 5));
}
