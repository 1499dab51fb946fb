import { expect, test } from 'vitest';
import type { Provider } from '../../../domain/inbox.ts';
import { isWatchDue } from '../../../domain/watch.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 23);

/** How long after it was granted a watch of that life is renewed. */
const renewedAfterHours = (provider: Provider, lifeMs: number): number => {
  let hours = 0;
  while (!isWatchDue(provider, NOW + lifeMs, NOW + hours * HOUR)) hours += 1;
  return hours;
};

test('a watch is renewed well before its end, and not at each look', () => {
  expect(renewedAfterHours('gmail', 7 * 24 * HOUR)).toBe(25);
  expect(renewedAfterHours('outlook', 10_079 * MINUTE)).toBe(120);
  // Of tenants whose subscriptions live no longer.
  expect(renewedAfterHours('outlook', 4_229 * MINUTE)).toBe(23);
});

test('one that is not there or has ended is asked for', () => {
  expect(isWatchDue('outlook', null, NOW)).toBe(true);
  expect(isWatchDue('gmail', NOW - 1, NOW)).toBe(true);
});
