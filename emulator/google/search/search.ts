import type { Mailbox } from '../../shared/mailbox/mailbox.ts';
import type { StoredMessage } from '../../shared/mailbox/message.ts';
import { compileQuery, mentionsSpamOrTrash } from './compile.ts';
import { SearchIndex } from './index.ts';
import { parseQuery } from './parse.ts';

interface ListQuery {
  q: string;
  /** All of these (AND). */
  labelIds: readonly string[];
  includeSpamTrash: boolean;
}

const indexes = new WeakMap<Mailbox, SearchIndex>();

export const searchIndexOf = (mailbox: Mailbox): SearchIndex => {
  let index = indexes.get(mailbox);
  if (!index) {
    index = new SearchIndex(mailbox);
    indexes.set(mailbox, index);
  }
  return index;
};

interface CachedResult {
  key: string;
  version: number;
  atMs: number;
  freshMs: number;
  found: StoredMessage[];
}

/** The last few results per mailbox, so that page 2 does not search again. */
const results = new WeakMap<Mailbox, CachedResult[]>();
const KEEP = 8;
/** Relative dates and the index lag move with the clock, so such a result is not kept for long. */
const FRESH_MS = 250;

const movesWithTime = (mailbox: Mailbox, q: string, now: number): boolean =>
  q !== '' && (mailbox.lastSearchableAt > now || /(older|newer)_than:/i.test(q));

/** Messages that match, newest first. */
export const search = (mailbox: Mailbox, query: ListQuery, now: number): StoredMessage[] => {
  const key = JSON.stringify(query);
  const cached = results.get(mailbox) ?? [];
  const hit = cached.find(
    (result) =>
      result.key === key &&
      result.version === mailbox.version &&
      Math.abs(now - result.atMs) < result.freshMs,
  );
  if (hit) return hit.found;
  const found = run(mailbox, query, now);
  const freshMs = movesWithTime(mailbox, query.q, now) ? FRESH_MS : Number.POSITIVE_INFINITY;
  const entry = { key, version: mailbox.version, atMs: now, freshMs, found };
  results.set(mailbox, [entry, ...cached].slice(0, KEEP));
  return found;
};

const run = (mailbox: Mailbox, query: ListQuery, now: number): StoredMessage[] => {
  const { labelIds } = query;
  const tree = parseQuery(query.q);
  const withJunk =
    query.includeSpamTrash ||
    labelIds.includes('SPAM') ||
    labelIds.includes('TRASH') ||
    mentionsSpamOrTrash(tree);
  const matcher = compileQuery(tree, searchIndexOf(mailbox), now);
  const listed = matcher.list?.();
  const candidates = listed ? listed.map((ordinal) => mailbox.messages[ordinal]) : mailbox.all();
  const found: StoredMessage[] = [];
  for (const message of candidates) {
    if (!message) continue;
    const { labels } = message;
    if (!withJunk && (labels.includes('SPAM') || labels.includes('TRASH'))) continue;
    if (labelIds.length > 0 && !labelIds.every((id) => labels.includes(id))) continue;
    // The list without q reads the mailbox itself; only the index lags.
    if (query.q !== '' && message.searchableAt > now) continue;
    if (!listed && !matcher.test(message)) continue;
    found.push(message);
  }
  return found.sort(newestFirst);
};

/** Newest first; equal times by arrival, so that paging has one order. */
export const newestFirst = (a: StoredMessage, b: StoredMessage): number =>
  b.internalDate - a.internalDate || b.ordinal - a.ordinal;
