import { createHash } from 'node:crypto';
import { headerValue, type MimeHeader } from '../../shared/mime/headers.ts';
import { type MimeNode, parseMime, parseTopHeaders } from '../../shared/mime/tree.ts';
import { decodeWords } from '../../shared/mime/words.ts';
import { isRead, type OutlookItem } from '../store/item.ts';
import { parseRecipients, type Recipient } from './addresses.ts';
import { hasAttachments } from './attachments.ts';
import { type BodyType, previewOf, readBody, uniquePart } from './body.ts';
import { kindOf, type MessageKind, mayBeSpecial } from './kind.ts';

/** How one answer shows messages. */
export interface EntityOptions {
  idOf: (item: OutlookItem) => string;
  bodyType: BodyType | null;
  /** null: the default properties. */
  select: readonly string[] | null;
}

/** An item with its headers and tree read at most once per answer. */
export class MessageView {
  readonly item: OutlookItem;
  readonly options: EntityOptions;
  #headers: MimeHeader[] | null = null;
  #root: MimeNode | null = null;

  constructor(item: OutlookItem, options: EntityOptions) {
    this.item = item;
    this.options = options;
  }

  get raw(): Buffer {
    return this.item.message.raw;
  }

  get headers(): MimeHeader[] {
    this.#headers ??= parseTopHeaders(this.raw);
    return this.#headers;
  }

  get root(): MimeNode {
    this.#root ??= parseMime(this.raw);
    return this.#root;
  }

  header(name: string): string | undefined {
    return headerValue(this.headers, name);
  }

  people(name: string): Recipient[] {
    return parseRecipients(this.header(name));
  }

  kind(): MessageKind | null {
    return mayBeSpecial(this.raw, this.headers) ? kindOf(this.raw, this.root) : null;
  }
}

export const isoSeconds = (ms: number): string =>
  new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

export const sentMsOf = (item: OutlookItem): number => {
  if (item.sentMs === null) {
    const date = headerValue(parseTopHeaders(item.message.raw), 'date');
    const parsed = date === undefined ? Number.NaN : Date.parse(date);
    item.sentMs = Number.isNaN(parsed) ? item.message.internalDate : parsed;
  }
  return item.sentMs;
};

export const hasAttachmentsOf = (item: OutlookItem): boolean => {
  item.hasAttachments ??= hasAttachments(parseMime(item.message.raw));
  return item.hasAttachments;
};

export const changeKeyOf = (item: OutlookItem): string => {
  const hash = createHash('sha1').update(item.message.id).digest('base64').slice(0, 20);
  return `CQAAABYAAAA${hash}${item.changes.toString(36).padStart(5, '0')}`;
};

/** Exchange gives every received message an id of its own making when it came without. */
export const internetMessageIdOf = (view: MessageView): string | null => {
  const given = view.header('message-id');
  if (given !== undefined || view.item.isDraft) return given ?? null;
  return `<${createHash('sha1').update(view.item.message.id).digest('hex')}@emulator.prod.outlook.com>`;
};

const sender = (view: MessageView): Recipient | undefined =>
  view.people('sender')[0] ?? view.people('from')[0];

/** `undefined` leaves the property out, as Graph does for `from` of a message without one. */
const PROPERTIES: Readonly<Record<string, (view: MessageView) => unknown>> = {
  createdDateTime: ({ item }) => isoSeconds(item.createdMs),
  lastModifiedDateTime: ({ item }) => isoSeconds(item.modifiedMs),
  changeKey: ({ item }) => changeKeyOf(item),
  categories: ({ item }) => item.categories,
  receivedDateTime: ({ item }) => isoSeconds(item.message.internalDate),
  sentDateTime: ({ item }) => isoSeconds(sentMsOf(item)),
  hasAttachments: ({ item }) => hasAttachmentsOf(item),
  internetMessageId: internetMessageIdOf,
  subject: (view) => decodeWords(view.header('subject') ?? ''),
  bodyPreview: (view) => previewOf(view.raw, view.root),
  importance: (view) =>
    /^(high|low)$/i.test(view.header('importance') ?? '')
      ? view.header('importance')?.toLowerCase()
      : 'normal',
  parentFolderId: ({ item }) => item.folder.id,
  conversationId: ({ item }) => item.message.threadId,
  conversationIndex: ({ item }) =>
    `AQH${createHash('sha1').update(item.message.threadId).digest('base64').slice(0, 21)}`,
  isDeliveryReceiptRequested: () => null,
  isReadReceiptRequested: (view) => view.header('disposition-notification-to') !== undefined,
  isRead: ({ item }) => isRead(item),
  isDraft: ({ item }) => item.isDraft,
  webLink: ({ item, options }) =>
    `https://outlook.office365.com/owa/?ItemID=${encodeURIComponent(options.idOf(item))}&exvsurl=1&viewmodel=ReadMessageItem`,
  inferenceClassification: () => 'focused',
  body: (view) => readBody(view.raw, view.root, view.options.bodyType),
  sender,
  from: (view) => view.people('from')[0],
  toRecipients: (view) => view.people('to'),
  ccRecipients: (view) => view.people('cc'),
  bccRecipients: (view) => view.people('bcc'),
  replyTo: (view) => view.people('reply-to'),
  flag: ({ item }) => ({
    flagStatus: item.message.labels.includes('STARRED') ? 'flagged' : 'notFlagged',
  }),
};

/** Only when named in `$select`. */
const ON_REQUEST: Readonly<Record<string, (view: MessageView) => unknown>> = {
  uniqueBody: (view) => uniquePart(readBody(view.raw, view.root, view.options.bodyType)),
  // A message that was never transported has none.
  internetMessageHeaders: (view) =>
    view.item.isDraft || view.header('received') === undefined
      ? undefined
      : view.headers.map(({ name, value }) => ({ name, value })),
};

const ALL = { ...PROPERTIES, ...ON_REQUEST };
const DEFAULTS = Object.keys(PROPERTIES);

/** Properties that carry content: what Mail.ReadBasic may not see. */
export const CONTENT_PROPERTIES: readonly string[] = ['body', 'bodyPreview', 'uniqueBody'];

/** The name in its true casing, or null for what a message does not have. */
export const messageProperty = (name: string): string | null => {
  const wanted = name.toLowerCase();
  if (wanted === 'id') return 'id';
  return Object.keys(ALL).find((known) => known.toLowerCase() === wanted) ?? null;
};

const evaluate = (view: MessageView, names: readonly string[]): Record<string, unknown> => {
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const value = name === 'id' ? view.options.idOf(view.item) : ALL[name]?.(view);
    if (value !== undefined) values[name] = value;
  }
  return values;
};

/** One message as JSON; `id` is always there. */
export const toEntity = (view: MessageView): Record<string, unknown> => {
  const { select } = view.options;
  const kind = view.kind();
  const names = select ?? DEFAULTS;
  return {
    ...(kind && { '@odata.type': kind.odataType }),
    '@odata.etag': `W/"${changeKeyOf(view.item)}"`,
    ...evaluate(view, ['id', ...names.filter((name) => name !== 'id')]),
    ...(kind?.meetingMessageType &&
      select === null && { meetingMessageType: kind.meetingMessageType, type: 'singleInstance' }),
  };
};

/** A delta row of a message of which only some properties changed. */
export const toPartial = (
  view: MessageView,
  fields: readonly string[],
): Record<string, unknown> => {
  const { select } = view.options;
  const names = fields.filter((name) => select === null || select.includes(name));
  return {
    '@odata.type': view.kind()?.odataType ?? '#microsoft.graph.message',
    '@odata.etag': `W/"${changeKeyOf(view.item)}"`,
    ...evaluate(view, ['id', ...names]),
  };
};
