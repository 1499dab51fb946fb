import type { StoredMessage } from '../../shared/mailbox/message.ts';
import { parseAge, parseDate, parseSize } from './dates.ts';
import { flagTest } from './flags.ts';
import type { IndexedField, SearchIndex } from './index.ts';
import type { Query } from './parse.ts';
import { tokenize } from './tokens.ts';

/** A query ready to run on one mailbox. */
interface Matcher {
  /** Exact ordinals in any order, or null when only `test` can tell. */
  list: (() => readonly number[]) | null;
  test: (message: StoredMessage) => boolean;
}

const INDEXED: ReadonlySet<string> = new Set<IndexedField>([
  'from',
  'to',
  'cc',
  'bcc',
  'subject',
  'list',
  'deliveredto',
  'filename',
]);

/** Where a bare word is looked for. */
const EVERYWHERE: readonly IndexedField[] = ['subject', 'body', 'from', 'to', 'bcc', 'filename'];

export const compileQuery = (query: Query, index: SearchIndex, now: number): Matcher => {
  switch (query.kind) {
    case 'all':
      return { list: null, test: () => true };
    case 'not': {
      const inner = compileQuery(query.of, index, now);
      return { list: null, test: (message) => !inner.test(message) };
    }
    case 'or':
      return anyOf(query.of.map((part) => compileQuery(part, index, now)));
    case 'and':
      return allOf(
        query.of.map((part) => compileQuery(part, index, now)),
        index,
      );
    case 'term':
      return compileTerm(query.field, query.value, index, now);
  }
};

const anyOf = (parts: Matcher[]): Matcher => {
  const lists = parts.map((part) => part.list);
  const test = (message: StoredMessage) => parts.some((part) => part.test(message));
  if (lists.some((list) => list === null)) return { list: null, test };
  return { list: () => [...new Set(lists.flatMap((list) => list?.() ?? []))], test };
};

const allOf = (parts: Matcher[], index: SearchIndex): Matcher => {
  const test = (message: StoredMessage) => parts.every((part) => part.test(message));
  const listed = parts.filter((part) => part.list !== null);
  if (listed.length === 0) return { list: null, test };
  const list = () => {
    let smallest: readonly number[] | null = null;
    let chosen: Matcher | null = null;
    for (const part of listed) {
      const ordinals = part.list?.() ?? [];
      if (smallest === null || ordinals.length < smallest.length) {
        smallest = ordinals;
        chosen = part;
      }
    }
    const rest = parts.filter((part) => part !== chosen);
    return (smallest ?? []).filter((ordinal) => {
      const message = index.mailbox.messages[ordinal];
      return message !== undefined && rest.every((part) => part.test(message));
    });
  };
  return { list, test };
};

const phrase = (index: SearchIndex, field: IndexedField, value: string): Matcher => {
  const tokens = tokenize(value);
  return {
    list: () => index.phrase(field, value),
    test: (message) => index.holds(field, message, tokens),
  };
};

const compileTerm = (field: string, value: string, index: SearchIndex, now: number): Matcher => {
  if (field === '') return anyOf(EVERYWHERE.map((place) => phrase(index, place, value)));
  if (INDEXED.has(field)) {
    // "me" is the account's own address, and only that one: aliases are not expanded through the API.
    const me = value.toLowerCase() === 'me' && field !== 'subject';
    return phrase(index, field as IndexedField, me ? index.mailbox.identity.address : value);
  }
  if (field === 'rfc822msgid') {
    const list = () => index.withMessageId(value);
    return { list, test: (message) => list().includes(message.ordinal) };
  }
  const test = numericTest(field, value, now) ?? flagTest(index.mailbox, field, value);
  return { list: null, test };
};

/** Dates and sizes; a value that does not parse matches nothing. */
const numericTest = (
  field: string,
  value: string,
  now: number,
): ((message: StoredMessage) => boolean) | null => {
  switch (field) {
    case 'after':
    case 'newer':
      return compare(parseDate(value), (message, limit) => message.internalDate >= limit);
    case 'before':
    case 'older':
      return compare(parseDate(value), (message, limit) => message.internalDate < limit);
    case 'newer_than':
      return compare(parseAge(value), (message, age) => message.internalDate >= now - age);
    case 'older_than':
      return compare(parseAge(value), (message, age) => message.internalDate < now - age);
    case 'size':
    case 'larger':
      return compare(parseSize(value), (message, bytes) => message.raw.length > bytes);
    case 'smaller':
      return compare(parseSize(value), (message, bytes) => message.raw.length < bytes);
    default:
      return null;
  }
};

const compare =
  (limit: number | null, test: (message: StoredMessage, limit: number) => boolean) =>
  (message: StoredMessage): boolean =>
    limit !== null && test(message, limit);

/** Whether the query itself asks for spam or trash, which are left out otherwise. */
export const mentionsSpamOrTrash = (query: Query): boolean => {
  switch (query.kind) {
    case 'all':
      return false;
    case 'not':
      return false;
    case 'term':
      return (
        (query.field === 'in' && /^(anywhere|spam|trash|bin)$/i.test(query.value)) ||
        (query.field === 'label' && /^(spam|trash)$/i.test(query.value))
      );
    default:
      return query.of.some(mentionsSpamOrTrash);
  }
};
