import type { MatchKey } from './address.ts';
import { isTailOfOthers, searchTermsFor } from './search-terms.ts';

const DAY_MS = 86_400_000;

/**
 * Where the window is cut for a provider whose pages are large. Three windows at most, whatever the
 * contact book: mail of the last week is on the timeline within seconds, and each further cut costs one list
 * call per chunk. In Gmail units (providers.md A1, C; list 5, get 20, 12 addresses a query):
 *
 * | addresses | chunks | list calls, 1 → 3 windows | units | of 1,000 messages (20,000) |
 * |---|---|---|---|---|
 * | 10    | 1   | 1 → 3       | 5 → 15        | 0.1% |
 * | 500   | 42  | 42 → 126    | 210 → 630     | 3%   |
 * | 5,000 | 417 | 417 → 1,251 | 2,085 → 6,255 | 31%  |
 *
 * That is 42 s more at 100 units/s for the largest book and 0.1 s for a small one. A week's slice
 * of one chunk holds few messages, so the first body is fetched with the second or third call.
 * Gmail contacts count up to four times towards the 12 (see `searchTermsFor`).
 */
const WINDOW_CUTS_DAYS = [7, 30] as const;

/** What one search query may hold; the provider's, see the constants below. */
export interface QueryLimits {
  /** Ages, in days, at which the window is cut, ascending. */
  windowCutsDays: readonly number[];
  /** Spellings of addresses per query (see `searchTermsFor`). */
  termsPerQuery: number;
  /** Characters of the whole query. */
  charsPerQuery: number;
  /** How often a term is written out, and how many characters go around it each time. */
  clausesPerTerm: number;
  charsPerClause: number;
}

/** `{from:a to:a cc:a bcc:a …}`; no limit is documented, beyond these answers get unsure (A4, C). */
export const GMAIL_QUERY_LIMITS: QueryLimits = {
  windowCutsDays: WINDOW_CUTS_DAYS,
  termsPerQuery: 12,
  charsPerQuery: 1_500,
  clausesPerTerm: 4,
  charsPerClause: 6,
};

/**
 * `participants:a OR …` (B1, C with A=15). The window stays whole: a page holds 50 messages, newest
 * first, so that every cut would cost one more page for each query, and what is listed first of every
 * query is its newest mail anyway.
 */
export const OUTLOOK_QUERY_LIMITS: QueryLimits = {
  windowCutsDays: [],
  termsPerQuery: 15,
  charsPerQuery: 1_500,
  clausesPerTerm: 1,
  charsPerClause: 19,
};

/**
 * When headers are read before bodies. `always` keeps B1 to the letter and costs 40 units a match
 * instead of 20 (A1: every format of messages.get costs the same). `never` suits a provider whose
 * search answers without bodies anyway, and mail where strangers cannot be met. `auto` guesses by
 * the address and learns: a stranger's body can be read once per slice before it has learned.
 */
export type HeadersFirstMode = 'auto' | 'always' | 'never';

export interface PlannedAddress {
  /** Contact address row. */
  id: string;
  matchKey: MatchKey;
  /** As written by the CRM. */
  address: string;
}

export interface SearchSlice {
  /** Epoch ms, half open [from, to). */
  from: number;
  to: number;
  /** Contact address rows this slice answers for. */
  addressIds: readonly string[];
  /** Spellings to search for; goes into `SearchQuery.addresses`. */
  terms: readonly string[];
  headersFirst: boolean;
}

export interface SearchPlanInput {
  /** In order of importance: within a window, earlier ones are asked for first. */
  addresses: readonly PlannedAddress[];
  /** Epoch ms, half open [from, to). */
  window: { from: number; to: number };
  limits: QueryLimits;
  headersFirst: HeadersFirstMode;
}

/**
 * The search calls of a backfill, newest window first, each window × address exactly once.
 * The same input gives the same slices, so that a planning activity may run twice (I2).
 */
export function planSlices(input: SearchPlanInput): SearchSlice[] {
  const groups = groupByMailbox(input.addresses);
  const suspect = (group: Group) => needsHeadersFirst(group, input.headersFirst);
  const chunks = [
    ...chunk(
      groups.filter((group) => !suspect(group)),
      input.limits,
      false,
    ),
    ...chunk(groups.filter(suspect), input.limits, true),
  ];
  return splitWindow(input.window, input.limits.windowCutsDays).flatMap((window) =>
    chunks.map((part) => ({ ...window, ...part })),
  );
}

/**
 * Whether the next messages of a slice are read headers first: once it has met a stranger, its
 * addresses are evidently the tail or head of somebody else's, whatever they look like.
 * @param strangersSeen messages of this slice's addresses judged `not_contact` so far, in any window
 */
export function shouldReadHeadersFirst(
  slice: Pick<SearchSlice, 'headersFirst'>,
  strangersSeen: number,
  mode: HeadersFirstMode = 'auto',
): boolean {
  return slice.headersFirst || (mode === 'auto' && strangersSeen > 0);
}

/** Newest first, adjoining, together exactly the window; empty windows are left out. */
export function splitWindow(
  window: { from: number; to: number },
  cutsDays: readonly number[] = WINDOW_CUTS_DAYS,
): { from: number; to: number }[] {
  const cuts = cutsDays.map((days) => Math.max(window.to - days * DAY_MS, window.from));
  const ends = [window.to, ...cuts];
  const starts = [...cuts, window.from];
  return starts
    .map((from, index) => ({ from, to: ends[index] ?? window.to }))
    .filter(({ from, to }) => from < to);
}

/** Rows that mean the same mailbox, searched for together. */
interface Group {
  ids: string[];
  terms: string[];
}

/** What goes into one query; asked once per window. */
interface Chunk {
  addressIds: string[];
  terms: string[];
  headersFirst: boolean;
}

function groupByMailbox(addresses: readonly PlannedAddress[]): Group[] {
  const groups = new Map<MatchKey, Group>();
  for (const { id, matchKey, address } of addresses) {
    const group = groups.get(matchKey) ?? { ids: [], terms: [] };
    if (!group.ids.includes(id)) group.ids.push(id);
    for (const term of searchTermsFor(matchKey, address)) {
      if (!group.terms.includes(term)) group.terms.push(term);
    }
    groups.set(matchKey, group);
  }
  return [...groups.values()];
}

function needsHeadersFirst(group: Group, mode: HeadersFirstMode): boolean {
  return mode === 'always' || (mode === 'auto' && group.terms.some(isTailOfOthers));
}

/** Fills queries in order. A mailbox is never split: alone over the limit, it has its own query. */
function chunk(groups: readonly Group[], limits: QueryLimits, headersFirst: boolean): Chunk[] {
  const chunks: Chunk[] = [];
  for (const { ids, terms } of groups) {
    const last = chunks.at(-1);
    if (last && fits([...last.terms, ...terms], limits)) {
      last.addressIds.push(...ids);
      last.terms.push(...terms);
    } else {
      chunks.push({ addressIds: [...ids], terms: [...terms], headersFirst });
    }
  }
  return chunks;
}

function fits(terms: readonly string[], limits: QueryLimits): boolean {
  return terms.length <= limits.termsPerQuery && queryChars(terms, limits) <= limits.charsPerQuery;
}

/** Length of the query these terms make, an upper bound. */
export function queryChars(terms: readonly string[], limits: QueryLimits): number {
  return terms.reduce(
    (chars, term) => chars + limits.clausesPerTerm * (term.length + limits.charsPerClause),
    0,
  );
}
