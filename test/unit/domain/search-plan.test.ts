import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { matchKeyOf } from '../../../domain/address.ts';
import {
  GMAIL_QUERY_LIMITS,
  type HeadersFirstMode,
  OUTLOOK_QUERY_LIMITS,
  type PlannedAddress,
  planSlices,
  queryChars,
  shouldReadHeadersFirst,
  splitWindow,
} from '../../../domain/search-plan.ts';
import { isTailOfOthers, searchTermsFor } from '../../../domain/search-terms.ts';

const DAY = 86_400_000;
const TO = Date.UTC(2026, 5, 30, 12, 34, 56, 789);
const WINDOW = { from: TO - 90 * DAY, to: TO };

const planned = (address: string, id = address): PlannedAddress => {
  const matchKey = matchKeyOf(address);
  if (!matchKey) throw new Error(`not an address: ${address}`);
  return { id, matchKey, address };
};
const terms = (address: string) => searchTermsFor(planned(address).matchKey, address);
const plan = (addresses: PlannedAddress[], headersFirst: HeadersFirstMode = 'never') =>
  planSlices({ addresses, window: WINDOW, limits: GMAIL_QUERY_LIMITS, headersFirst });

describe('what is asked of a provider for one address (A4)', () => {
  test.each([
    ['an ordinary address, lower case', 'Ann@X.com', ['ann@x.com']],
    ['a tag outside Gmail', 'ann+crm@x.com', ['ann+crm@x.com']],
    [
      'Gmail: with and without dots, both domains (D1.26)',
      'Ann.Lee+crm@GoogleMail.com',
      ['ann.lee@gmail.com', 'annlee@gmail.com', 'ann.lee@googlemail.com', 'annlee@googlemail.com'],
    ],
    ['Gmail without dots', 'annlee@gmail.com', ['annlee@gmail.com', 'annlee@googlemail.com']],
    ['Gmail, wrapped', '<ann.lee@gmail.com>', terms('ann.lee@gmail.com')],
    ['an IDN', 'ann@bücher.example', ['ann@bücher.example', 'ann@xn--bcher-kva.example']],
    [
      'its A-label',
      'ann@xn--bcher-kva.example',
      ['ann@bücher.example', 'ann@xn--bcher-kva.example'],
    ],
    ['a quoted local part', '"Lee, Ann"@x.com', ['"lee, ann"@x.com']],
  ])('%s', (_case, address, expected) => {
    expect(terms(address)).toEqual(expected);
  });

  it('calls a local part of one word the tail of others', () => {
    for (const term of ['ann@x.com', 'ann@mary.x.com']) expect(isTailOfOthers(term)).toBe(true);
    for (const term of ['mary.ann@x.com', 'mary-ann@x', 'm_a@x', 'm+a@x']) {
      expect(isTailOfOthers(term)).toBe(false);
    }
  });
});

describe('the plan of a backfill (P7, B1)', () => {
  it('asks for the last week first, then the month, then the rest', () => {
    const slices = plan([planned('ann@x.com')]);
    expect(slices.map(({ from, to }) => [(TO - to) / DAY, (TO - from) / DAY])).toEqual([
      [0, 7],
      [7, 30],
      [30, 90],
    ]);
  });

  it('has no more windows than the time has', () => {
    expect(splitWindow({ from: TO - 7 * DAY, to: TO })).toHaveLength(1);
    expect(splitWindow({ from: TO - 8 * DAY, to: TO })).toHaveLength(2);
    expect(splitWindow({ from: TO, to: TO })).toEqual([]);
    expect(splitWindow({ from: TO + 1, to: TO })).toEqual([]);
  });

  it('needs three list calls, 15 units, for a small contact book', () => {
    expect(plan(Array.from({ length: 10 }, (_, n) => planned(`p${n}@x.com`)))).toHaveLength(3);
    expect(plan([])).toEqual([]);
  });

  it('agrees with the arithmetic of providers.md C: 500 addresses of 24 characters, 42 queries', () => {
    const book = Array.from({ length: 500 }, (_, n) =>
      planned(`p${1000 + n}@customer-ltd.example`.slice(0, 24)),
    );
    expect(plan(book)).toHaveLength(3 * 42);
  });

  it('keeps the order given within a window', () => {
    const book = Array.from({ length: 30 }, (_, n) => planned(`a.${n}@x.com`));
    const firstWeek = plan(book, 'auto').filter((slice) => slice.to === TO);
    expect(firstWeek.flatMap((slice) => slice.addressIds)).toEqual(book.map((a) => a.id));
  });

  it('puts two rows of one mailbox into one search', () => {
    const [slice] = plan([
      planned('ann.lee@gmail.com', 'a1'),
      planned('a.nnlee@googlemail.com', 'a2'),
    ]);
    expect(slice?.addressIds).toEqual(['a1', 'a2']);
    expect(slice?.terms).toHaveLength(new Set(slice?.terms).size);
    expect(slice?.terms).toContain('a.nnlee@gmail.com');
  });
});

describe('headers before bodies (B1, I3)', () => {
  const book = [planned('ann@x.com'), planned('mary.ann@x.com'), planned('mary.ann@gmail.com')];
  const headersFirstOf = (mode: HeadersFirstMode) =>
    Object.fromEntries(
      plan(book, mode).flatMap((s) => s.addressIds.map((id) => [id, s.headersFirst])),
    );

  it('auto: for addresses that are the tail of others, in any spelling asked for', () => {
    expect(headersFirstOf('auto')).toEqual({
      'ann@x.com': true,
      'mary.ann@x.com': false,
      'mary.ann@gmail.com': true,
    });
  });
  it('always and never mean it', () => {
    expect(new Set(Object.values(headersFirstOf('always')))).toEqual(new Set([true]));
    expect(new Set(Object.values(headersFirstOf('never')))).toEqual(new Set([false]));
  });
  it('a slice that has met a stranger reads headers first from then on', () => {
    const whole = { headersFirst: false };
    expect(shouldReadHeadersFirst(whole, 0)).toBe(false);
    expect(shouldReadHeadersFirst(whole, 1)).toBe(true);
    expect(shouldReadHeadersFirst(whole, 1, 'never')).toBe(false);
    expect(shouldReadHeadersFirst({ headersFirst: true }, 0)).toBe(true);
  });
});

describe('the plan, for any contact book', () => {
  const local = fc.stringMatching(/^[a-z]{1,12}([.+][a-z]{1,12}){0,3}$/);
  const domain = fc.constantFrom('x.com', 'gmail.com', 'googlemail.com', 'bücher.example');
  const address = fc.tuple(local, domain).map((parts) => parts.join('@'));
  const book = fc
    .array(address, { maxLength: 60 })
    .map((list) => list.map((text, n) => planned(text, `id-${n}`)));
  const span = fc.tuple(fc.nat(100 * DAY), fc.nat(2 * DAY));
  const limits = fc.constantFrom(GMAIL_QUERY_LIMITS, OUTLOOK_QUERY_LIMITS, {
    windowCutsDays: [1, 20, 80],
    termsPerQuery: 1,
    charsPerQuery: 60,
    clausesPerTerm: 1,
    charsPerClause: 0,
  });
  const mode = fc.constantFrom<HeadersFirstMode>('auto', 'always', 'never');

  it('covers window × addresses exactly once, newest first, within the limits', () => {
    fc.assert(
      fc.property(
        book,
        span,
        limits,
        mode,
        (addresses, [length, shift], queryLimits, headersFirst) => {
          const window = { from: TO + shift - length, to: TO + shift };
          const input = { addresses, window, limits: queryLimits, headersFirst };
          const slices = planSlices(input);
          expect(planSlices(input)).toEqual(slices);
          if (length === 0) expect(slices).toEqual([]);
          if (length === 0) return;

          for (const { id, matchKey } of addresses) {
            const mine = slices.filter((slice) => slice.addressIds.includes(id));
            expect(mine[0]?.to).toBe(window.to);
            expect(mine.at(-1)?.from).toBe(window.from);
            for (const [n, slice] of mine.entries()) {
              expect(slice.from).toBeLessThan(slice.to);
              expect(slice.to).toBe(n === 0 ? window.to : mine[n - 1]?.from);
              expect(slice.terms).toEqual(
                expect.arrayContaining(searchTermsFor(matchKey, matchKey)),
              );
            }
          }
          for (const [n, slice] of slices.entries()) {
            expect(slice.to).toBeLessThanOrEqual(slices[n - 1]?.to ?? Infinity);
            const mailboxes = new Set(
              addresses.filter((a) => slice.addressIds.includes(a.id)).map((a) => a.matchKey),
            );
            if (mailboxes.size < 2) continue;
            expect(slice.terms.length).toBeLessThanOrEqual(queryLimits.termsPerQuery);
            expect(queryChars(slice.terms, queryLimits)).toBeLessThanOrEqual(
              queryLimits.charsPerQuery,
            );
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
