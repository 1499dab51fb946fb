import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUTLOOK_QUERY_LIMITS, queryChars } from '../../../domain/search-plan.ts';
import { buildSearch } from '../../../providers/graph/kql.ts';

const FROM = Date.UTC(2026, 7, 25, 3);
const window = { from: FROM, to: FROM + 86_400_000 };
const DATES = 'received>=2026-08-24 AND received<=2026-08-27';

describe('KQL (B1)', () => {
  it('asks for every role at once, with a day more on each side for the mailbox’s time zone', () => {
    expect(buildSearch(['a@x.com', 'b.c@y.org'], window)).toBe(
      `"(participants:a@x.com OR participants:b.c@y.org) AND ${DATES}"`,
    );
  });

  it.each([
    ["o'brien@x.com", `\\"o'brien@x.com\\"`],
    ['a+b@x.com', '\\"a+b@x.com\\"'],
    ['a@x.com OR from:b@y.com', '\\"a@x.com OR from:b@y.com\\"'],
    ['a") OR (from:b@y.com', '\\"a OR from:b@y.com\\"'],
    ['a*@x.com', '\\"a @x.com\\"'],
    ['bücher@x.com', '\\"bücher@x.com\\"'],
  ])('quotes what is no plain address: %s', (address, term) => {
    expect(buildSearch([address], window)).toBe(`"(participants:${term}) AND ${DATES}"`);
  });

  it('never turns into the whole mailbox when nobody is asked for (B1)', () => {
    for (const nobody of [[], ['"'], [' ', '{}']]) expect(buildSearch(nobody, window)).toBeNull();
  });

  it('holds whatever is written into an address between its own quotes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (addresses) => {
        const search = buildSearch(addresses, window);
        if (search === null) return;
        const inner = search.slice(1, -1).replaceAll(/\\"[^"\\]*\\"/g, 'QUOTED');
        expect(inner).toMatch(
          /^\(participants:[^\s"()*]+(?: OR participants:[^\s"()*]+)*\) AND received>=[\d-]+ AND received<=[\d-]+$/,
        );
      }),
    );
  });

  it('is no longer than the planner reckons, dates apart', () => {
    const addresses = Array.from({ length: 15 }, (_, n) => `first.last${n}@company.example`);
    const people = buildSearch(addresses, window)?.length ?? 0;
    expect(people - DATES.length - 10).toBeLessThanOrEqual(
      queryChars(addresses, OUTLOOK_QUERY_LIMITS),
    );
  });
});
