import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  laneLimit,
  type QuotaLane,
  type QuotaRule,
  type QuotaSlot,
  waitMs,
} from '../../../domain/quota.ts';

const NOW = Date.UTC(2026, 5, 1);
const RULE: QuotaRule = {
  limit: 6_000,
  windowMs: 60_000,
  reserves: { live: 0, user: 500, backfill: 1_500 },
};

describe('quota window (B10, I8)', () => {
  it('lets a call start at once while there is room', () => {
    expect(waitMs([], 20, 'backfill', RULE, NOW)).toBe(0);
    expect(waitMs([{ at: NOW, units: 4_480 }], 20, 'backfill', RULE, NOW)).toBe(0);
  });

  it('makes it wait until enough has left the window, and no longer', () => {
    const slots = [
      { at: NOW - 50_000, units: 10 },
      { at: NOW - 40_000, units: 4_490 },
    ];
    expect(waitMs(slots, 10, 'backfill', RULE, NOW)).toBe(10_000);
    expect(waitMs(slots, 20, 'backfill', RULE, NOW)).toBe(20_000);
  });

  it('counts a slot for exactly one window', () => {
    const full = [{ at: NOW - 60_000, units: 6_000 }];
    expect(waitMs(full, 6_000, 'live', RULE, NOW)).toBe(0);
    expect(waitMs(full, 6_000, 'live', RULE, NOW - 1)).toBe(1);
  });

  it('keeps room for live mail and waiting users', () => {
    const slots = [{ at: NOW, units: 4_500 }];
    expect(waitMs(slots, 20, 'backfill', RULE, NOW)).toBe(60_000);
    expect(waitMs(slots, 1_000, 'user', RULE, NOW)).toBe(0);
    expect(waitMs(slots, 1_500, 'live', RULE, NOW)).toBe(0);
  });

  it('refuses what can never fit', () => {
    expect(() => waitMs([], 4_501, 'backfill', RULE, NOW)).toThrow(RangeError);
  });

  it('never passes the limit in any window, nor a lane its own, whatever the sequence', () => {
    const rule: QuotaRule = {
      limit: 100,
      windowMs: 60_000,
      reserves: { live: 0, user: 20, backfill: 50 },
    };
    const call = fc.record({
      lane: fc.constantFrom<QuotaLane>('live', 'user', 'backfill'),
      units: fc.constantFrom(1, 5, 20, 40),
      pauseMs: fc.nat(30_000),
    });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 80 }), (calls) => {
        const taken: QuotaSlot[] = [];
        let now = NOW;
        for (const { lane, units, pauseMs } of calls) {
          now += pauseMs;
          // the slot is taken when the call may start, while others go on asking
          const at = now + waitMs(taken, units, lane, rule, now);
          taken.push({ at, units });
          for (const { at: end } of taken) {
            const within = taken.filter((slot) => slot.at > end - rule.windowMs && slot.at <= end);
            const used = within.reduce((sum, slot) => sum + slot.units, 0);
            expect(used).toBeLessThanOrEqual(rule.limit);
            if (within.some((slot) => slot === taken.at(-1)) && end === at) {
              expect(used).toBeLessThanOrEqual(laneLimit(rule, lane));
            }
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives the earliest start there is', () => {
    const slot = fc.record({ at: fc.integer({ min: NOW - 200, max: NOW }), units: fc.nat(40) });
    const rule: QuotaRule = {
      limit: 100,
      windowMs: 100,
      reserves: { live: 0, user: 0, backfill: 0 },
    };
    fc.assert(
      fc.property(
        fc.array(slot, { maxLength: 12 }),
        fc.integer({ min: 1, max: 100 }),
        (slots, units) => {
          const fits = (start: number) =>
            slots.reduce((sum, s) => sum + (s.at + rule.windowMs > start ? s.units : 0), units) <=
            100;
          let earliest = NOW;
          while (!fits(earliest)) earliest++;
          expect(waitMs(slots, units, 'live', rule, NOW)).toBe(earliest - NOW);
        },
      ),
    );
  });
});
