import { describe, expect, it, test } from 'vitest';
import { describeGap, describeSpan, RELIST_MARGINS, relistWindow } from '../../../domain/gap.ts';

const at = (text: string) => Date.parse(`${text}Z`);
const NOW = at('2026-06-10T12:00');

describe('gap ledger (B9)', () => {
  it('lists a gap again with margins, within the 90 days and not into the future (P7)', () => {
    const gap = { cause: 'downtime', from: at('2026-06-03'), to: at('2026-06-05') } as const;
    expect(relistWindow(gap, 0, NOW)).toEqual({
      from: gap.from - RELIST_MARGINS.beforeMs,
      to: gap.to + RELIST_MARGINS.afterMs,
    });
    expect(relistWindow(gap, gap.from + 1, gap.to + 1)).toEqual({
      from: gap.from + 1,
      to: gap.to + 1,
    });
    // Older than what was ever promised: nothing to list.
    expect(relistWindow(gap, gap.to + RELIST_MARGINS.afterMs, NOW)).toEqual({
      from: gap.to + RELIST_MARGINS.afterMs,
      to: gap.to + RELIST_MARGINS.afterMs,
    });
  });
});

describe('a gap of which no cursor tells (I1)', () => {
  test.each(['disconnected', 'revoked', 'cursor_expired', 'scope_gone'] as const)(
    '%s: the whole window, since old mail may have been labelled or moved meanwhile',
    (cause) => {
      const gap = { cause, from: at('2026-06-03'), to: at('2026-06-05') };
      expect(relistWindow(gap, at('2026-03-01'), NOW)).toEqual({
        from: at('2026-03-01'),
        to: gap.to + RELIST_MARGINS.afterMs,
      });
    },
  );
});

describe('a gap in words', () => {
  test.each([
    ['2026-06-03T08:00', '2026-06-05T09:00', '3–5 June'],
    ['2026-06-03T08:00', '2026-06-03T09:00', '3 June'],
    ['2026-06-03T00:00', '2026-06-04T00:00', '3 June'],
    ['2026-06-30T08:00', '2026-07-02T09:00', '30 June – 2 July'],
    ['2025-12-30T08:00', '2026-01-02T09:00', '30 December 2025 – 2 January 2026'],
    ['2025-06-03T08:00', '2025-06-05T09:00', '3–5 June 2025'],
  ])('%s to %s', (from, to, words) => {
    expect(describeSpan({ from: at(from), to: at(to) }, NOW, 'UTC')).toBe(words);
  });

  it("counts days in the reader's time zone", () => {
    const gap = { from: at('2026-06-03T23:00'), to: at('2026-06-04T01:00') };
    expect(describeSpan(gap, NOW, 'Asia/Kolkata')).toBe('4 June');
  });

  it('says whether it is done', () => {
    const span = { from: at('2026-06-03'), to: at('2026-06-06') };
    const gap = { ...span, rests: false, lastLookAt: null };
    expect(describeGap({ ...gap, closed: true }, NOW, 'UTC')).toBe('caught up 3–5 June');
    expect(describeGap({ ...gap, closed: false }, NOW, 'UTC')).toBe('catching up 3–5 June');
    const resting = { ...gap, closed: false, rests: true };
    expect(describeGap(resting, NOW, 'UTC')).toBe('still to be caught up: 3–5 June');
    const lastLook = (inMs: number): string =>
      describeGap({ ...gap, closed: false, lastLookAt: NOW + inMs }, NOW, 'UTC');
    expect(lastLook(840_001)).toBe('caught up 3–5 June, but for a last look in 15 minutes');
    expect(lastLook(1)).toBe('caught up 3–5 June, but for a last look in a minute');
    expect(lastLook(0)).toBe('catching up 3–5 June');
  });
});
