import fc from 'fast-check';
import { expect, it } from 'vitest';
import { retryDelayMs } from '../../../domain/event.ts';

const DAY_MS = 86_400_000;

it('a receiver that is away is asked about ten times within a day', () => {
  let at = 0;
  let attempts = 0;
  while (at <= DAY_MS) {
    attempts += 1;
    at += retryDelayMs(attempts, 1_000, 0);
  }
  expect(attempts).toBe(12);
});

it('each wait is at least as long as the one before and at most 4 hours 48 minutes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: 1, max: 60_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempts, firstMs, jitter) => {
        const wait = retryDelayMs(attempts, firstMs, jitter);
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(4.8 * 3_600_000);
        expect(retryDelayMs(attempts + 1, firstMs, jitter)).toBeGreaterThanOrEqual(wait);
      },
    ),
  );
});
