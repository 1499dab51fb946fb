import type { Mailbox } from '../../shared/mailbox/mailbox.ts';
import { Random } from '../../shared/random.ts';
import { FIRST_NAMES, LAST_NAMES, makeContacts, type SeedContact } from '../people.ts';
import { type BulkEnvelope, bulkHeaders, Noise } from './headers.ts';
import { makeBody, makeSubject } from './words.ts';

export interface BulkOptions {
  messages: number;
  /** How many have a contact in From, To or Cc; default a tenth. */
  matching?: number;
  /** How many contacts to make up, or whom to use; default 500. */
  contacts?: number | SeedContact[];
  /** Spread evenly over this many days up to now; default 90. */
  days?: number;
  seed?: string;
}

export interface BulkMailboxResult {
  contacts: SeedContact[];
  /** Exactly the messages with a contact in From, To or Cc. */
  matchingIds: string[];
  /** Bytes of all messages together. */
  bytes: number;
}

const DAY_MS = 24 * 3600_000;
/** Distinct bodies; each message pairs one with its own headers and subject. */
const BODIES = 400;
const RECEIVED = ['INBOX', 'CATEGORY_PERSONAL'] as const;
const NEWSLETTER = ['INBOX', 'UNREAD', 'CATEGORY_PROMOTIONS'] as const;
const SENT = ['SENT'] as const;

/** Last few Message-IDs and the subject between the owner and one contact. */
interface Conversation {
  subject: string;
  ids: string[];
}

/**
 * Fills a mailbox for benches: same options, same mailbox. Strangers never share a domain with a
 * contact, so the matching set is exact under token search as well. History starts afterwards.
 */
export const bulkMailbox = (
  mailbox: Mailbox,
  options: BulkOptions,
  now: number,
): BulkMailboxResult => {
  const random = new Random(options.seed ?? 'bulk');
  const { contacts: asked = 500, days = 90, messages } = options;
  const matching = options.matching ?? Math.floor(messages / 10);
  const contacts = typeof asked === 'number' ? makeContacts(asked, random) : asked;
  const writer = new BulkWriter(mailbox, random, contacts);
  const matchingIds: string[] = [];
  const start = now - days * DAY_MS;
  const step = (days * DAY_MS) / Math.max(1, messages);
  let left = matching;
  for (let index = 0; index < messages; index++) {
    const dateMs = Math.floor(start + index * step + random.next() * step);
    // Draws without replacement: exactly `matching` of `messages`, spread evenly.
    const match = random.next() * (messages - index) < left;
    const id = match ? writer.writeContact(dateMs) : writer.writeStranger(dateMs);
    if (!match) continue;
    left--;
    matchingIds.push(id);
  }
  mailbox.forgetHistory();
  return { contacts, matchingIds, bytes: writer.bytes };
};

class BulkWriter {
  bytes = 0;
  readonly #mailbox: Mailbox;
  readonly #random: Random;
  readonly #contacts: SeedContact[];
  readonly #noise: Noise;
  readonly #bodies: Buffer[];
  #conversations = new Map<string, Conversation>();
  #next = 1;

  constructor(mailbox: Mailbox, random: Random, contacts: SeedContact[]) {
    this.#mailbox = mailbox;
    this.#random = random;
    this.#contacts = contacts;
    this.#noise = new Noise(random);
    this.#bodies = Array.from({ length: BODIES }, () => Buffer.from(makeBody(random), 'latin1'));
  }

  writeContact(dateMs: number): string {
    const contact = this.#random.pick(this.#contacts);
    const them = `${contact.name} <${contact.addresses[0]}>`;
    const sent = this.#random.chance(0.4);
    const { subject, references, messageId } = this.#converse(contact.id, sent ? null : them);
    const cc = this.#random.chance(0.1) ? this.#random.pick(this.#contacts) : null;
    return this.#add(sent ? SENT : RECEIVED, {
      from: sent ? this.#me : them,
      to: sent ? them : this.#me,
      cc: cc && cc !== contact ? `${cc.name} <${cc.addresses[0]}>` : null,
      subject,
      dateMs,
      messageId,
      references,
      owner: this.#mailbox.identity.address,
      sent,
      list: null,
    });
  }

  writeStranger(dateMs: number): string {
    const newsletter = this.#random.chance(0.5);
    const domain = `stranger${this.#random.int(4_000)}.test`;
    const name = `${this.#random.pick(FIRST_NAMES)} ${this.#random.pick(LAST_NAMES)}`;
    const address = newsletter
      ? `news@${domain}`
      : `${name.replace(' ', '.').toLowerCase()}@${domain}`;
    return this.#add(newsletter ? NEWSLETTER : RECEIVED, {
      from: `${name} <${address}>`,
      to: this.#me,
      cc: null,
      subject: makeSubject(this.#random),
      dateMs,
      messageId: `<${this.#next++}.${this.#noise.cut(16).replaceAll('/', '-')}@${domain}>`,
      references: [],
      owner: this.#mailbox.identity.address,
      sent: false,
      list: newsletter ? `list.${domain}` : null,
    });
  }

  get #me(): string {
    const { displayName, address } = this.#mailbox.identity;
    return `${displayName} <${address}>`;
  }

  /** Half of the messages answer the last one with the same contact. */
  #converse(key: string, from: string | null) {
    const domain = /@([^>]+)/.exec(from ?? this.#me)?.[1] ?? 'mail.example';
    const messageId = `<${this.#next++}.${this.#noise.cut(16).replaceAll('/', '-')}@${domain}>`;
    const known = this.#conversations.get(key);
    if (known && this.#random.chance(0.5)) {
      const references = [...known.ids];
      known.ids = [...known.ids.slice(-7), messageId];
      return { subject: `Re: ${known.subject}`, references, messageId };
    }
    const subject = makeSubject(this.#random);
    this.#conversations.set(key, { subject, ids: [messageId] });
    return { subject, references: [], messageId };
  }

  #add(labels: readonly string[], mail: BulkEnvelope): string {
    const head = bulkHeaders(mail, this.#noise);
    const body = this.#random.pick(this.#bodies);
    // A slab of its own: pooled buffers would keep their neighbours' garbage alive for good.
    const raw = Buffer.allocUnsafeSlow(head.length + body.length);
    raw.write(head, 0, 'latin1');
    body.copy(raw, head.length);
    this.bytes += raw.length;
    return this.#mailbox.add({ raw, labels, internalDate: mail.dateMs }).id;
  }
}
