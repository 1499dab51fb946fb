import { decodeWords } from '../../shared/mime/words.ts';
import { inefficientFilter, invalidFilter } from '../errors.ts';
import { hasAttachmentsOf, internetMessageIdOf, MessageView, sentMsOf } from '../message/entity.ts';
import { isRead, type OutlookItem } from '../store/item.ts';
import { type Comparison, type FilterNode, parseFilter, propertiesOf } from './filter.ts';

type Value = string | number | boolean | null;

const viewOf = (item: OutlookItem): MessageView =>
  new MessageView(item, { idOf: () => '', bodyType: null, select: null });

const addressOf = (item: OutlookItem, header: string): string | null =>
  viewOf(item).people(header)[0]?.emailAddress.address ?? null;

const nameOf = (item: OutlookItem, header: string): string | null =>
  viewOf(item).people(header)[0]?.emailAddress.name ?? null;

const subjectOf = (item: OutlookItem): string => decodeWords(viewOf(item).header('subject') ?? '');

/** What can be filtered and sorted by, by lower-case path. Times are epoch ms. */
const VALUES: Readonly<Record<string, (item: OutlookItem) => Value>> = {
  receiveddatetime: (item) => item.message.internalDate,
  sentdatetime: sentMsOf,
  createddatetime: (item) => item.createdMs,
  lastmodifieddatetime: (item) => item.modifiedMs,
  isread: isRead,
  isdraft: (item) => item.isDraft,
  hasattachments: hasAttachmentsOf,
  subject: subjectOf,
  conversationid: (item) => item.message.threadId,
  internetmessageid: (item) => internetMessageIdOf(viewOf(item)),
  parentfolderid: (item) => item.folder.id,
  importance: (item) => viewOf(item).header('importance')?.toLowerCase() ?? 'normal',
  'from/emailaddress/address': (item) => addressOf(item, 'from'),
  'from/emailaddress/name': (item) => nameOf(item, 'from'),
  'sender/emailaddress/address': (item) => addressOf(item, 'sender') ?? addressOf(item, 'from'),
  'flag/flagstatus': (item) => (item.message.labels.includes('STARRED') ? 'flagged' : 'notFlagged'),
};

const CASE_SENSITIVE = new Set(['conversationid', 'internetmessageid', 'parentfolderid']);

const fold = (property: string, value: Value): Value =>
  typeof value === 'string' && !CASE_SENSITIVE.has(property) ? value.toLowerCase() : value;

const compare = (left: Value, operator: Comparison, right: Value): boolean => {
  if (operator === 'eq') return left === right;
  if (operator === 'ne') return left !== right;
  if (left === null || right === null) return false;
  if (operator === 'gt') return left > right;
  if (operator === 'ge') return left >= right;
  return operator === 'lt' ? left < right : left <= right;
};

type Test = (item: OutlookItem) => boolean;

const getterOf = (property: string): ((item: OutlookItem) => Value) => {
  const getter = VALUES[property.toLowerCase()];
  if (!getter) throw invalidFilter();
  return getter;
};

const textTest = (name: string, text: string, part: string): boolean => {
  if (name === 'startswith') return text.startsWith(part);
  return name === 'endswith' ? text.endsWith(part) : text.includes(part);
};

const compile = (node: FilterNode): Test => {
  switch (node.type) {
    case 'and': {
      const [left, right] = [compile(node.left), compile(node.right)];
      return (item) => left(item) && right(item);
    }
    case 'or': {
      const [left, right] = [compile(node.left), compile(node.right)];
      return (item) => left(item) || right(item);
    }
    case 'not': {
      const inner = compile(node.node);
      return (item) => !inner(item);
    }
    case 'any':
      return (item) => item.categories.includes(String(node.value));
    case 'extended': {
      // The property's name counts letter by letter, its value does not.
      const wanted = node.value.toLowerCase();
      return (item) => item.extended.get(node.id)?.toLowerCase() === wanted;
    }
    case 'call': {
      const get = getterOf(node.property);
      const part = String(node.value).toLowerCase();
      return (item) => textTest(node.name, String(get(item) ?? '').toLowerCase(), part);
    }
    case 'compare': {
      const property = node.property.toLowerCase();
      const get = getterOf(property);
      const wanted = fold(property, node.value);
      return (item) => compare(fold(property, get(item)), node.operator, wanted);
    }
  }
};

export interface Order {
  property: string;
  descending: boolean;
}

export const parseOrder = (text: string | null): Order[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => {
      const [property = '', direction = 'asc'] = part.split(/[\s+]+/);
      getterOf(property);
      return { property: property.toLowerCase(), descending: direction.toLowerCase() === 'desc' };
    });

/** What is sorted by must come first in the filter, in the same order. */
const checkOrder = (order: readonly Order[], filtered: readonly string[]): void => {
  const firsts = [...new Set(filtered)].slice(0, order.length);
  const fits = order.every(({ property }, index) => firsts[index] === property);
  if (!fits) throw inefficientFilter();
};

/**
 * The messages that pass, sorted; `items` come newest first.
 * @throws GraphError InefficientFilter, ErrorInvalidUrlQueryFilter, or a syntax error
 */
export const selectMessages = (
  items: readonly OutlookItem[],
  filter: string | null,
  orderBy: string | null,
): readonly OutlookItem[] => {
  const order = parseOrder(orderBy);
  const node = filter ? parseFilter(filter) : null;
  if (node) checkOrder(order, propertiesOf(node));
  const found = node ? items.filter(compile(node)) : items;
  const [first] = order;
  const natural = first?.property === 'receiveddatetime' && first.descending && order.length === 1;
  return order.length === 0 || natural ? found : [...found].sort(byOrder(order));
};

const byOrder =
  (order: readonly Order[]) =>
  (a: OutlookItem, b: OutlookItem): number => {
    for (const { property, descending } of order) {
      const get = getterOf(property);
      const [left, right] = [fold(property, get(a)) ?? '', fold(property, get(b)) ?? ''];
      if (left !== right) return left < right === descending ? 1 : -1;
    }
    return b.message.ordinal - a.message.ordinal;
  };

/** Whether one message passes: search folders and subscriptions ask this. */
export const matchesFilter = (item: OutlookItem, filter: string): boolean =>
  compile(parseFilter(filter))(item);

/** @throws GraphError when the filter makes no sense */
export const checkFilter = (filter: string): void => {
  compile(parseFilter(filter));
};
