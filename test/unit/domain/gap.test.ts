import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  closesGap,
  describeGap,
  describeSpan,
  mergeSpans,
  RELIST_MARGINS,
  relistWindow,
  SEARCH_LAG_MS,
} from '../../../domain/gap.ts';

const at = (text: string) => Date.parse(`${text}Z`);
const NOW = at('2026-06-10T12:00');

describe('gap ledger (B9)', () => {
  it('merges gaps that overlap or touch, and keeps others apart', () => {
    const spans = [
      { from: 50, to: 60 },
      { from: 10, to: 20 },
      { from: 20, to: 25 },
      { from: 12, to: 15 },
      { from: 70, to: 70 },
    ];
    expect(mergeSpans(spans)).toEqual([
      { from: 10, to: 25 },
      { from: 50, to: 60 },
    ]);
  });

  it('merged gaps cover the same moments, in order, without touching', () => {
    const span = fc
      .tuple(fc.nat(60), fc.nat(20))
      .map(([from, length]) => ({ from, to: from + length }));
    fc.assert(
      fc.property(fc.array(span, { maxLength: 10 }), (spans) => {
        const merged = mergeSpans(spans);
        const covers = (list: typeof spans, t: number) => list.some((s) => s.from <= t && t < s.to);
        for (let t = 0; t < 90; t++) expect(covers(merged, t)).toBe(covers(spans, t));
        for (const [n, s] of merged.entries())
          expect(s.from).toBeGreaterThan(merged[n - 1]?.to ?? -1);
      }),
    );
  });

  it('lists a gap again with margins, within the 90 days and not into the future (P7)', () => {
    const gap = { from: at('2026-06-03'), to: at('2026-06-05') };
    expect(relistWindow(gap, 0, NOW)).toEqual({
      from: gap.from - RELIST_MARGINS.beforeMs,
      to: gap.to + RELIST_MARGINS.afterMs,
    });
    expect(relistWindow(gap, gap.from + 1, gap.to + 1)).toEqual({
      from: gap.from + 1,
      to: gap.to + 1,
    });
    expect(relistWindow(gap, gap.to, NOW)).toBeNull();
  });

  it('is not closed by a listing made before search could know the newest mail (I1, D1.43)', () => {
    const gap = { from: NOW - 1, to: NOW };
    expect(closesGap(gap, NOW)).toBe(false);
    expect(closesGap(gap, NOW + SEARCH_LAG_MS)).toBe(true);
  });
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
    const gap = { from: at('2026-06-03'), to: at('2026-06-06') };
    expect(describeGap({ ...gap, closed: true }, NOW, 'UTC')).toBe('caught up 3–5 June');
    expect(describeGap({ ...gap, closed: false }, NOW, 'UTC')).toBe('catching up 3–5 June');
  });
});
