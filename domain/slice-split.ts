import type { MatchKey } from './address.ts';
import { splitWindow } from './search-plan.ts';

/** Half a day's searches find what a day's do: a provider's dates are days, and clocks differ. */
const SHORTEST_SPAN_MS = 86_400_000;

/** A slice as far as splitting it matters; epoch ms, half open [from, to). */
export interface SplittableSlice {
  from: number;
  to: number;
  addresses: readonly { id: string; matchKey: MatchKey }[];
  headersFirst: boolean;
}

/** One part of a slice, to be listed in its stead. No addresses: everything of the window. */
export interface SlicePart {
  from: number;
  to: number;
  addressIds: string[];
  headersFirst: boolean;
}

/**
 * What to ask instead of a search that does not tell all it finds: half of the mailboxes each, then
 * half of the time each. What can be halved no more is listed without a search, headers only, so
 * that splitting ends and nothing is lost (I1).
 */
export function splitSlice(slice: SplittableSlice): SlicePart[] {
  const { from, to, headersFirst } = slice;
  const mailboxes = [...Map.groupBy(slice.addresses, ({ matchKey }) => matchKey).values()];
  const idsOf = (some: typeof mailboxes): string[] => some.flat().map(({ id }) => id);
  if (mailboxes.length > 1) {
    const half = Math.ceil(mailboxes.length / 2);
    return [mailboxes.slice(0, half), mailboxes.slice(half)].map((some) => ({
      from,
      to,
      addressIds: idsOf(some),
      headersFirst,
    }));
  }
  if (to - from <= SHORTEST_SPAN_MS) return [wholeWindow({ from, to })];
  const middle = Math.floor((from + to) / 2);
  const addressIds = idsOf(mailboxes);
  return [
    { from: middle, to, addressIds, headersFirst },
    { from, to: middle, addressIds, headersFirst },
  ];
}

/** The slices of a listing without search, newest first. */
export function scanSlices(window: { from: number; to: number }): SlicePart[] {
  return splitWindow(window).map(wholeWindow);
}

const wholeWindow = ({ from, to }: { from: number; to: number }): SlicePart => ({
  from,
  to,
  addressIds: [],
  headersFirst: true,
});
