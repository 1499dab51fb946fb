import type { Mailbox } from '../../shared/mailbox/mailbox.ts';
import type { StoredMessage } from '../../shared/mailbox/message.ts';
import { headerValue } from '../../shared/mime/headers.ts';
import { readableText } from '../../shared/mime/text.ts';
import { parseMime, parseTopHeaders } from '../../shared/mime/tree.ts';
import { decodeWords } from '../../shared/mime/words.ts';
import { attachmentParts } from '../message/attachments.ts';
import { Field } from './field.ts';
import { wordsOf } from './tokens.ts';

const HEADERS = ['from', 'to', 'cc', 'bcc', 'subject'] as const;
const CONTENT = ['body', 'attachment'] as const;
type FieldName = (typeof HEADERS)[number] | (typeof CONTENT)[number];

/** What a KQL property looks into. Text without a property looks into the default ones. */
const PROPERTIES: Readonly<Record<string, readonly FieldName[]>> = {
  from: ['from'],
  to: ['to'],
  cc: ['cc'],
  bcc: ['bcc'],
  participants: ['from', 'to', 'cc', 'bcc'],
  recipients: ['to', 'cc', 'bcc'],
  subject: ['subject'],
  body: ['body'],
  attachment: ['attachment'],
  '': ['from', 'subject', 'body'],
};

export const isTextProperty = (name: string): boolean => name in PROPERTIES;

/** The index of one mailbox: headers on first use, content only when it is asked for. */
export class MailIndex {
  readonly #mailbox: Mailbox;
  #fields = new Map<FieldName, Field>();
  #headersDone = 0;
  #contentDone = 0;

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  /** Ordinals of the messages where one field of `property` holds the words side by side. */
  find(property: string, text: string): Set<number> {
    const names = PROPERTIES[property] ?? [];
    const words = wordsOf(text);
    const found = new Set<number>();
    for (const name of names) {
      this.#catchUp(name);
      for (const ordinal of this.#field(name).phrase(words)) found.add(ordinal);
    }
    return found;
  }

  #catchUp(name: FieldName): void {
    const { messages } = this.#mailbox;
    if ((CONTENT as readonly string[]).includes(name)) {
      for (; this.#contentDone < messages.length; this.#contentDone++) {
        const message = messages[this.#contentDone];
        if (message) this.#addContent(message);
      }
      return;
    }
    for (; this.#headersDone < messages.length; this.#headersDone++) {
      const message = messages[this.#headersDone];
      if (message) this.#addHeaders(message);
    }
  }

  #addHeaders(message: StoredMessage): void {
    const headers = parseTopHeaders(message.raw);
    for (const name of HEADERS) {
      const value = headerValue(headers, name);
      if (value === undefined) continue;
      const text = decodeWords(value);
      const values = name === 'subject' ? [text] : (text.match(/(?:"[^"]*"|[^,"])+/g) ?? [text]);
      this.#field(name).add(message.ordinal, values);
    }
  }

  #addContent(message: StoredMessage): void {
    const root = parseMime(message.raw);
    this.#field('body').add(message.ordinal, [readableText(message.raw, root)]);
    const names = attachmentParts(root).map((part) => part.name);
    this.#field('attachment').add(message.ordinal, names);
  }

  #field(name: FieldName): Field {
    let field = this.#fields.get(name);
    if (!field) {
      field = new Field();
      this.#fields.set(name, field);
    }
    return field;
  }
}
