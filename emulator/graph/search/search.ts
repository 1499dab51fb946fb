import type { Mailbox } from '../../shared/mailbox/mailbox.ts';
import { hasAttachmentsOf, sentMsOf } from '../message/entity.ts';
import type { Folder } from '../store/folders.ts';
import { isRead, type OutlookItem } from '../store/item.ts';
import type { Outlook } from '../store/outlook.ts';
import { isTextProperty, MailIndex } from './index.ts';
import { type KqlNode, parseSearch } from './kql.ts';

const indexes = new WeakMap<Mailbox, MailIndex>();

export const mailIndexOf = (mailbox: Mailbox): MailIndex => {
  let index = indexes.get(mailbox);
  if (!index) {
    index = new MailIndex(mailbox);
    indexes.set(mailbox, index);
  }
  return index;
};

/** What a node finds: a superset of ordinals where one is known, and the final word. */
interface Plan {
  candidates: Set<number> | null;
  test: (item: OutlookItem) => boolean;
}

const DAY_MS = 24 * 3600_000;

/** A date stands for its whole day (UTC), a time for its moment. */
const interval = (text: string): [number, number] => {
  const start = Date.parse(text);
  const day = /^\d{4}-\d\d-\d\d$|^\d{1,2}\/\d{1,2}\/\d{4}$/.test(text);
  const utc = day && text.includes('/') ? Date.parse(`${text} UTC`) : start;
  return [utc, day ? utc + DAY_MS - 1 : utc];
};

const inRange = (ms: number, operator: string, text: string): boolean => {
  const [from, to] = text.split('..');
  if (to !== undefined) return ms >= interval(from ?? '')[0] && ms <= interval(to)[1];
  const [start, end] = interval(text);
  switch (operator) {
    case '>=':
      return ms >= start;
    case '<=':
      return ms <= end;
    case '>':
      return ms > end;
    case '<':
      return ms < start;
    case '<>':
      return ms < start || ms > end;
    default:
      return ms >= start && ms <= end;
  }
};

const inSize = (bytes: number, operator: string, text: string): boolean => {
  const limit = Number.parseInt(text, 10);
  if (operator.startsWith('>')) return bytes >= limit;
  return operator.startsWith('<') ? bytes <= limit : bytes === limit;
};

const yes = (text: string): boolean => /^(true|yes)$/i.test(text);

type Term = Extract<KqlNode, { type: 'term' }>;

const TESTS: Readonly<Record<string, (item: OutlookItem, term: Term) => boolean>> = {
  received: (item, { operator, text }) => inRange(item.message.internalDate, operator, text),
  sent: (item, { operator, text }) => inRange(sentMsOf(item), operator, text),
  size: (item, { operator, text }) => inSize(item.message.raw.length, operator, text),
  hasattachment: (item, { text }) => hasAttachmentsOf(item) === yes(text),
  hasattachments: (item, { text }) => hasAttachmentsOf(item) === yes(text),
  isread: (item, { text }) => isRead(item) === yes(text),
  kind: (_, { text }) => /^(email|mail)$/i.test(text),
};

const planTerm = (term: Term, index: MailIndex): Plan => {
  const test = TESTS[term.property];
  if (test) return { candidates: null, test: (item) => test(item, term) };
  const known = isTextProperty(term.property);
  // An unknown property is plain text with a colon in it.
  const text = known ? term.text : `${term.property} ${term.text}`;
  const found = index.find(known ? term.property : '', text);
  return { candidates: found, test: (item) => found.has(item.message.ordinal) };
};

const plan = (node: KqlNode, index: MailIndex): Plan => {
  if (node.type === 'term') return planTerm(node, index);
  if (node.type === 'not') {
    const inner = plan(node.node, index);
    return { candidates: null, test: (item) => !inner.test(item) };
  }
  const parts = node.nodes.map((inner) => plan(inner, index));
  if (node.type === 'and') {
    const sets = parts.flatMap(({ candidates }) => candidates ?? []);
    const smallest = sets.sort((a, b) => a.size - b.size)[0] ?? null;
    return { candidates: smallest, test: (item) => parts.every(({ test }) => test(item)) };
  }
  const union = new Set<number>();
  for (const { candidates } of parts) {
    if (candidates === null) {
      return { candidates: null, test: (item) => parts.some(({ test }) => test(item)) };
    }
    for (const ordinal of candidates) union.add(ordinal);
  }
  return { candidates: union, test: (item) => parts.some(({ test }) => test(item)) };
};

const results = new WeakMap<Mailbox, { key: string; version: number; items: OutlookItem[] }[]>();
const KEEP = 8;

/**
 * What `$search` finds, newest sent first, at most `cap`.
 * @throws GraphError for a query that makes no sense
 */
export const searchMessages = (
  outlook: Outlook,
  value: string,
  folder: Folder | null,
  { cap, now }: { cap: number; now: number },
): OutlookItem[] => {
  const { mailbox } = outlook;
  const key = `${folder?.id} ${cap} ${value}`;
  const cached = results.get(mailbox) ?? [];
  const settled = mailbox.lastSearchableAt <= now;
  const hit = cached.find((one) => one.key === key && one.version === mailbox.version && settled);
  if (hit) return hit.items;
  const { candidates, test } = plan(parseSearch(value), mailIndexOf(mailbox));
  const pool = candidates
    ? [...candidates].flatMap((ordinal) => outlook.item(mailbox.messages[ordinal]?.id ?? '') ?? [])
    : outlook.sorted(null);
  const items = pool
    .filter(
      (item) =>
        (folder === null || item.folder === folder) &&
        item.message.searchableAt <= now &&
        test(item),
    )
    .sort((a, b) => sentMsOf(b) - sentMsOf(a) || b.message.ordinal - a.message.ordinal)
    .slice(0, cap);
  const entry = { key, version: mailbox.version, items };
  if (settled) results.set(mailbox, [entry, ...cached].slice(0, KEEP));
  return items;
};
