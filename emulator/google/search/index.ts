import type { Mailbox } from '../../shared/mailbox/mailbox.ts';
import type { StoredMessage } from '../../shared/mailbox/message.ts';
import { detach, stripBrackets } from '../../shared/mailbox/threading.ts';
import type { MimeHeader } from '../../shared/mime/headers.ts';
import { readableText } from '../../shared/mime/text.ts';
import { type MimeNode, parseMime, parseTopHeaders } from '../../shared/mime/tree.ts';
import { decodeWords } from '../../shared/mime/words.ts';
import { fieldText, tokenize } from './tokens.ts';

type HeaderField = 'from' | 'to' | 'cc' | 'bcc' | 'subject' | 'list' | 'deliveredto';
type BodyField = 'filename' | 'body';
export type IndexedField = HeaderField | BodyField;

/** `to:` looks into Cc as well: users report it, the documentation is silent. */
const FIELDS = new Map<string, readonly HeaderField[]>([
  ['from', ['from']],
  ['to', ['to']],
  ['cc', ['to', 'cc']],
  ['bcc', ['bcc']],
  ['subject', ['subject']],
  ['list-id', ['list']],
  ['list-post', ['list']],
  ['mailing-list', ['list']],
  ['delivered-to', ['deliveredto']],
]);

/** Inverted index of one field: word to the ordinals of the messages that hold it. */
class FieldIndex {
  readonly postings = new Map<string, number[]>();
  readonly texts: (string | undefined)[] = [];

  add(ordinal: number, values: readonly string[]): void {
    const phrases: string[] = [];
    for (const value of values) {
      const tokens = tokenize(value);
      if (tokens.length === 0) continue;
      phrases.push(tokens.join(' '));
      for (const token of tokens) this.#post(token, ordinal);
    }
    if (phrases.length > 0) this.texts[ordinal] = fieldText(phrases);
  }

  /** Ordinals only rise, so a repeated word is seen at the end of its list. */
  #post(token: string, ordinal: number): void {
    const list = this.postings.get(token);
    if (!list) this.postings.set(token, [ordinal]);
    else if (list[list.length - 1] !== ordinal) list.push(ordinal);
  }

  /** Ordinals whose field holds `tokens` side by side: the rarest word's list, then checked. */
  phrase(tokens: readonly string[]): number[] {
    let rarest: number[] | undefined;
    for (const token of tokens) {
      const list = this.postings.get(token);
      if (!list) return [];
      if (!rarest || list.length < rarest.length) rarest = list;
    }
    if (!rarest) return [];
    if (tokens.length === 1) return rarest;
    const needle = ` ${tokens.join(' ')} `;
    return rarest.filter((ordinal) => this.texts[ordinal]?.includes(needle));
  }

  holds(ordinal: number, tokens: readonly string[]): boolean {
    return this.texts[ordinal]?.includes(` ${tokens.join(' ')} `) ?? false;
  }
}

/** The search index of one mailbox. Headers are indexed on first use, bodies only if asked for. */
export class SearchIndex {
  readonly mailbox: Mailbox;
  #fields = new Map<IndexedField, FieldIndex>();
  #messageIds = new Map<string, number[]>();
  #headersDone = 0;
  #bodiesDone = 0;

  constructor(mailbox: Mailbox) {
    this.mailbox = mailbox;
  }

  phrase(field: IndexedField, text: string): number[] {
    this.#catchUp(field);
    return this.#field(field).phrase(tokenize(text));
  }

  holds(field: IndexedField, message: StoredMessage, tokens: readonly string[]): boolean {
    this.#catchUp(field);
    return tokens.length > 0 && this.#field(field).holds(message.ordinal, tokens);
  }

  withMessageId(id: string): number[] {
    this.catchUpHeaders();
    return this.#messageIds.get(stripBrackets(id).toLowerCase()) ?? [];
  }

  catchUpHeaders(): void {
    const { messages } = this.mailbox;
    for (; this.#headersDone < messages.length; this.#headersDone++) {
      const message = messages[this.#headersDone];
      if (message) this.#addHeaders(message, parseTopHeaders(message.raw));
    }
  }

  #catchUp(field: IndexedField): void {
    if (field !== 'filename' && field !== 'body') {
      this.catchUpHeaders();
      return;
    }
    const { messages } = this.mailbox;
    for (; this.#bodiesDone < messages.length; this.#bodiesDone++) {
      const message = messages[this.#bodiesDone];
      if (message) this.#addBody(message, parseMime(message.raw));
    }
  }

  #addHeaders(message: StoredMessage, headers: readonly MimeHeader[]): void {
    const values = new Map<HeaderField, string[]>();
    let id: string | undefined;
    for (const header of headers) {
      const name = header.name.toLowerCase();
      if (name === 'message-id') id ??= header.value;
      for (const field of FIELDS.get(name) ?? []) {
        const text = decodeWords(header.value);
        const split = field === 'subject' ? [text] : splitAddresses(text);
        values.set(field, [...(values.get(field) ?? []), ...split]);
      }
    }
    for (const [field, texts] of values) this.#field(field).add(message.ordinal, texts);
    if (id === undefined) return;
    const key = detach(stripBrackets(id).toLowerCase());
    const list = this.#messageIds.get(key);
    if (list) list.push(message.ordinal);
    else this.#messageIds.set(key, [message.ordinal]);
  }

  #addBody(message: StoredMessage, root: MimeNode): void {
    this.#field('filename').add(message.ordinal, fileNames(root));
    this.#field('body').add(message.ordinal, [readableText(message.raw, root)]);
  }

  #field(name: IndexedField): FieldIndex {
    let field = this.#fields.get(name);
    if (!field) {
      field = new FieldIndex();
      this.#fields.set(name, field);
    }
    return field;
  }
}

/** Cuts at commas outside quotes, so "Bee, Ann" <a@x.com> stays one value. */
const splitAddresses = (value: string): string[] =>
  value.includes(',') ? (value.match(/(?:"[^"]*"|[^,"])+/g) ?? [value]) : [value];

const fileNames = (node: MimeNode): string[] => [
  ...(node.filename ? [node.filename] : []),
  ...node.children.flatMap(fileNames),
];

/** Whether the message carries something a user would call an attachment. */
export const hasAttachment = (node: MimeNode): boolean =>
  node.isAttachment ||
  (node.filename !== '' && !(node.mimeType.startsWith('image/') && node.contentId !== '')) ||
  node.children.some(hasAttachment);
