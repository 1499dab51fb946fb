import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MatchKey, matchKeyOf } from '../../../domain/address.ts';
import { type SlicePart, type SplittableSlice, splitSlice } from '../../../domain/slice-split.ts';

const DAY = 86_400_000;
const keyOf = (n: number): MatchKey => matchKeyOf(`person${n}@x.example`) as MatchKey;

/** Addresses of a few mailboxes; one mailbox may be filed for several contacts. */
const slices = fc
  .record({
    mailboxes: fc.array(fc.nat(20), { minLength: 1, maxLength: 15 }),
    from: fc.nat(1_000 * DAY),
    length: fc.integer({ min: 1, max: 90 * DAY }),
    headersFirst: fc.boolean(),
  })
  .map(({ mailboxes, from, length, headersFirst }) => ({
    from,
    to: from + length,
    headersFirst,
    addresses: mailboxes.map((n, row) => ({ id: `row ${row}`, matchKey: keyOf(n) })),
  }));

/** Splits as long as `isTooMuch` says so, as a backfill does. */
function leaves(slice: SplittableSlice, isTooMuch: (part: SlicePart) => boolean): SlicePart[] {
  return splitSlice(slice).flatMap((part) => {
    if (part.addressIds.length === 0 || !isTooMuch(part)) return [part];
    const addresses = slice.addresses.filter(({ id }) => part.addressIds.includes(id));
    return leaves({ ...part, addresses }, isTooMuch);
  });
}

describe('a search that does not tell all it finds (I1)', () => {
  it('is split into parts that cover window × addresses, and ends', () => {
    fc.assert(
      fc.property(slices, fc.func(fc.boolean()), (slice, isTooMuch) => {
        const parts = leaves(slice, isTooMuch);
        for (const { id } of slice.addresses) {
          const mine = parts
            .filter(({ addressIds }) => addressIds.length === 0 || addressIds.includes(id))
            .sort((a, b) => a.from - b.from || a.to - b.to);
          let reached = slice.from;
          for (const { from, to } of mine) {
            expect(from).toBeLessThanOrEqual(reached);
            reached = Math.max(reached, to);
          }
          expect(reached).toBe(slice.to);
        }
        for (const part of parts) {
          expect(part.from).toBeGreaterThanOrEqual(slice.from);
          expect(part.to).toBeLessThanOrEqual(slice.to);
          expect(part.from).toBeLessThan(part.to);
        }
      }),
    );
  });

  it('keeps the rows of one mailbox together, and asks for addresses before it cuts time', () => {
    fc.assert(
      fc.property(slices, (slice) => {
        const keys = new Set(slice.addresses.map(({ matchKey }) => matchKey));
        const parts = splitSlice(slice);
        if (keys.size === 1) return;
        expect(parts.map(({ from, to }) => [from, to])).toEqual([
          [slice.from, slice.to],
          [slice.from, slice.to],
        ]);
        const ids = parts.flatMap(({ addressIds }) => addressIds);
        expect(ids.toSorted()).toEqual(slice.addresses.map(({ id }) => id).toSorted());
        for (const { addressIds } of parts) {
          const mine = new Set(
            slice.addresses.filter(({ id }) => addressIds.includes(id)).map((a) => a.matchKey),
          );
          const rest = slice.addresses.filter(({ id }) => !addressIds.includes(id));
          expect(rest.some(({ matchKey }) => mine.has(matchKey))).toBe(false);
        }
      }),
    );
  });

  it('ends in a listing without search, headers first, for one mailbox and one day', () => {
    const one = [{ id: 'row', matchKey: keyOf(1) }];
    expect(splitSlice({ from: 0, to: DAY, addresses: one, headersFirst: false })).toEqual([
      { from: 0, to: DAY, addressIds: [], headersFirst: true },
    ]);
  });
});
