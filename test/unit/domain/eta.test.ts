import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  describeEstimate,
  estimateRemaining,
  msUntilGranted,
  sliceWeight,
} from '../../../domain/eta.ts';
import { type QuotaRule, type QuotaSlot, waitMs } from '../../../domain/quota.ts';

const NOW = Date.UTC(2026, 5, 1);
const RULE: QuotaRule = {
  limit: 6_000,
  windowMs: 60_000,
  reserves: { live: 0, user: 0, backfill: 0 },
};
const NEW_GMAIL = { list: 5, message: 20 };
const quota = { slots: [] as QuotaSlot[], rule: RULE, lane: 'backfill' as const };

const LISTED = {
  listCalls: 0,
  messagesToFetch: 0,
  messagesFound: 0,
  listedWeight: 900,
  unlistedWeight: 0,
};

describe('ETA (B10)', () => {
  it('is exact once everything is listed: 1,000 messages in four full minutes', () => {
    const work = { ...LISTED, messagesToFetch: 1_000, messagesFound: 1_000 };
    // 20,000 units: 6,000 at once, then after 1, 2 and 3 minutes (providers.md C says 140–200 s)
    expect(estimateRemaining(work, NEW_GMAIL, quota, NOW)).toEqual({
      ms: 180_000,
      lowMs: 180_000,
      highMs: 180_000,
      exact: true,
    });
  });

  it('knows that a window just used up must pass first', () => {
    const work = { ...LISTED, messagesToFetch: 300 };
    const used = { ...quota, slots: [{ at: NOW - 20_000, units: 6_000 }] };
    expect(estimateRemaining(work, NEW_GMAIL, used, NOW).ms).toBe(40_000);
    expect(estimateRemaining(work, NEW_GMAIL, quota, NOW).ms).toBe(0);
  });

  it('says how unsure it is before anything is listed, and less so the more is', () => {
    const at = (listedWeight: number, messagesFound: number) =>
      estimateRemaining(
        {
          listCalls: 9,
          messagesToFetch: 0,
          messagesFound,
          listedWeight,
          unlistedWeight: 9_000 - listedWeight,
        },
        NEW_GMAIL,
        quota,
        NOW,
      );
    const [blind, half, late] = [at(0, 0), at(4_500, 500), at(8_000, 900)];
    expect(blind.exact).toBe(false);
    expect(blind.highMs / blind.ms).toBeGreaterThan(2);
    expect(half.highMs - half.lowMs).toBeLessThan(blind.highMs - blind.lowMs);
    expect(late.highMs - late.lowMs).toBeLessThan(half.highMs - half.lowMs);
    for (const { lowMs, ms, highMs } of [blind, half, late]) {
      expect(lowMs).toBeLessThanOrEqual(ms);
      expect(ms).toBeLessThanOrEqual(highMs);
    }
  });

  it('believes the measured pace where that is slower than the quota', () => {
    const work = { ...LISTED, messagesToFetch: 1_000 };
    expect(estimateRemaining(work, NEW_GMAIL, quota, NOW, 10).ms).toBe(2_000_000);
    expect(estimateRemaining(work, NEW_GMAIL, quota, NOW, 1_000).ms).toBe(180_000);
  });

  it('weighs a slice by addresses and days', () => {
    expect(sliceWeight({ from: NOW, to: NOW + 7 * 86_400_000, addressIds: ['a', 'b'] })).toBe(14);
  });

  it('is the moment at which the quota window grants the last unit', () => {
    const slot = fc.record({ at: fc.integer({ min: NOW - 120, max: NOW }), units: fc.nat(15) });
    const rule: QuotaRule = {
      limit: 50,
      windowMs: 100,
      reserves: { live: 0, user: 0, backfill: 10 },
    };
    fc.assert(
      fc.property(fc.array(slot, { maxLength: 4 }), fc.nat(300), (slots, units) => {
        const taken = [...slots];
        let now = NOW;
        for (let unit = 0; unit < units; unit++) {
          now += waitMs(taken, 1, 'backfill', rule, now);
          taken.push({ at: now, units: 1 });
        }
        expect(msUntilGranted(units, slots, 40, rule.windowMs, NOW)).toBe(now - NOW);
      }),
      { numRuns: 200 },
    );
  });

  it('never ends where a lane has nothing', () => {
    expect(msUntilGranted(1, [], 0, 60_000, NOW)).toBe(Infinity);
    expect(msUntilGranted(0, [], 0, 60_000, NOW)).toBe(0);
  });

  test.each([
    [1_000, 20_000, 50_000, 'less than a minute'],
    [180_000, 180_000, 180_000, 'about 3 minutes'],
    [60_000, 55_000, 65_000, 'about 1 minute'],
    [300_000, 120_000, 900_000, '2 to 15 minutes'],
    [7_200_000, 3_600_000, 21_600_000, '1 to 6 hours'],
    [Infinity, 60_000, Infinity, 'not known yet'],
  ])('in words: %d ms (%d to %d)', (ms, lowMs, highMs, words) => {
    expect(describeEstimate({ ms, lowMs, highMs, exact: false })).toBe(words);
  });
});
