import { cleanText } from './text.ts';

/** Longest Message-ID kept: RFC 5322 allows no longer line. */
const MAX_ID_CHARS = 998;
/** Some list software appends every ancestor; threads need the nearest ones. */
const MAX_REFERENCES = 100;

/** The first Message-ID in a value, without brackets; null when there is none. */
export const messageId = (value: string): string | null => messageIds(value)[0] ?? null;

/**
 * All Message-IDs in a value, in order. Ids without brackets count where no bracket is found;
 * In-Reply-To of old mailers carries prose beside the bracketed id.
 */
export const messageIds = (value: string): string[] => {
  const bracketed = [...value.matchAll(/<([^<>]*)>/g)].map((match) => match[1] ?? '');
  const found = bracketed.length > 0 ? bracketed : value.split(/[\s,]+/);
  const ids = found
    .map((id) => cleanText(id).replaceAll(/[\s<>]+/g, ''))
    .filter((id) => id !== '' && id.length <= MAX_ID_CHARS);
  return ids.length > MAX_REFERENCES ? ids.slice(-MAX_REFERENCES) : ids;
};
