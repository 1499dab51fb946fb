import type { SearchQuery } from '../mail-provider.ts';

/** Boundaries of after: and before: are undocumented; the predicate judges by internalDate. */
const MARGIN_S = 2;

/** Roles are asked for one by one: `to:` is said to find Cc as well, but nobody promises it. */
const OPERATORS = ['from', 'to', 'cc', 'bcc'] as const;

/** Plain words wherever they stand; everything else goes into quotes, `from:me` too. */
const BARE = /^[\p{L}\p{N}][\p{L}\p{N}._+-]*@[\p{L}\p{N}][\p{L}\p{N}.-]*$/u;
/** Of no use inside quotes, or able to end them. */
const UNQUOTABLE = /["\\(){}\s\p{C}\u201c\u201d]+/gu;

/**
 * The `q` of `messages.list`: `{from:a to:a cc:a bcc:a …} after:… before:… -in:drafts -in:chats`,
 * in which `{}` is OR. The label goes into labelIds, which take ids and are exact.
 * @returns null when nobody is asked for, which must not turn into the whole mailbox
 * @see support.google.com/mail/answer/7190
 */
export const buildQuery = (query: SearchQuery): string | null => {
  const terms = query.addresses?.flatMap((address) => addressTerms(address)) ?? [];
  const isWholeLabel = query.addresses === null && query.scope.kind === 'label';
  if (terms.length === 0 && !isWholeLabel) return null;
  const people = terms.length > 0 ? `{${terms.join(' ')}} ` : '';
  return `${people}${windowTerms(query.from, query.to)}`;
};

/**
 * One clause per role, or none when no word is left to search for. An address comes from the CRM
 * and may hold operators (`a@x.com OR from:b@y.com`): quoted, they are words like others, and
 * nothing in it can close the quotes.
 */
const addressTerms = (address: string): string[] => {
  const trimmed = address.trim();
  const word = BARE.test(trimmed) ? trimmed : quote(trimmed);
  return word === null ? [] : OPERATORS.map((operator) => `${operator}:${word}`);
};

const quote = (address: string): string | null => {
  const phrase = address.replaceAll(UNQUOTABLE, ' ').trim();
  return /[\p{L}\p{N}]/u.test(phrase) ? `"${phrase}"` : null;
};

/** A number of fewer digits might be read as a year; left out, the bound is simply wider. */
const MIN_EPOCH_S = 1_000_000_000;

const windowTerms = (from: number, to: number): string => {
  const after = Math.floor(from / 1_000) - MARGIN_S;
  const before = Math.ceil(to / 1_000) + MARGIN_S;
  return [
    ...(after >= MIN_EPOCH_S ? [`after:${after}`] : []),
    ...(before >= MIN_EPOCH_S ? [`before:${before}`] : []),
    '-in:drafts',
    '-in:chats',
  ].join(' ');
};
