import type { Clock } from '../clock.ts';
import { parseTopHeaders } from '../mime/tree.ts';
import { Random } from '../random.ts';
import { HistoryLog } from './history.ts';
import { Labels } from './labels.ts';
import type { ChangeKind, MailboxChange, StoredMessage } from './message.ts';
import { detach, type ThreadFacts, threadFacts } from './threading.ts';

export interface SendAsAddress {
  address: string;
  displayName: string;
}

export interface MailboxIdentity {
  address: string;
  displayName: string;
  aliases: SendAsAddress[];
}

interface NewMessage {
  raw: Buffer;
  /** Label ids. */
  labels: readonly string[];
  /** Epoch ms; default now. */
  internalDate?: number;
  /** Default: by References, In-Reply-To and subject. */
  threadId?: string;
}

/** How a provider names messages and threads; left out, as Gmail does. */
export interface MailboxIds {
  message(): string;
  thread(messageId: string): string;
}

const HISTORY_RETENTION_MS = 7 * 24 * 3600_000;

/** One mailbox: messages, labels, threads, history. Provider-neutral; one object per account. */
export class Mailbox {
  readonly identity: MailboxIdentity;
  readonly labels: Labels;
  readonly history: HistoryLog;
  readonly random: Random;
  /** Every message in arrival order; a hole where one was deleted for good. */
  readonly messages: (StoredMessage | undefined)[] = [];
  readonly threads = new Map<string, StoredMessage[]>();
  /** Rises with every change, so that cached results know they are stale. */
  version = 0;
  /** Ms until search finds a new message. */
  searchLagMs = 0;
  /** Epoch ms from which every message so far is in the search index. */
  lastSearchableAt = 0;
  #byId = new Map<string, StoredMessage>();
  #byMessageId = new Map<string, { threadId: string; subjectKey: string }>();
  #historyId: number;
  #clock: Clock;
  #ids: MailboxIds | null;
  #listeners: ((change: MailboxChange) => void)[] = [];

  constructor(identity: MailboxIdentity, clock: Clock, ids: MailboxIds | null = null) {
    this.identity = identity;
    this.#ids = ids;
    this.#clock = clock;
    this.random = new Random(identity.address);
    this.labels = new Labels(this.random);
    this.#historyId = 1_000_000 + this.random.int(1_000_000);
    this.history = new HistoryLog(this.#historyId, HISTORY_RETENTION_MS);
  }

  get historyId(): number {
    return this.#historyId;
  }

  get size(): number {
    return this.#byId.size;
  }

  onChange(listener: (change: MailboxChange) => void): void {
    this.#listeners.push(listener);
  }

  get(id: string): StoredMessage | undefined {
    return this.#byId.get(id);
  }

  all(): MapIterator<StoredMessage> {
    return this.#byId.values();
  }

  add(message: NewMessage): StoredMessage {
    const internalDate = message.internalDate ?? this.#clock.now();
    const facts = threadFacts(parseTopHeaders(message.raw));
    const id = this.#newId(internalDate);
    const stored: StoredMessage = {
      ordinal: this.messages.length,
      id,
      threadId: message.threadId ?? this.#findThread(facts) ?? this.#ids?.thread(id) ?? id,
      raw: message.raw,
      internalDate,
      labels: message.labels,
      historyId: 0,
      searchableAt: this.searchLagMs === 0 ? 0 : this.#clock.now() + this.searchLagMs,
    };
    this.lastSearchableAt = Math.max(this.lastSearchableAt, stored.searchableAt);
    this.messages.push(stored);
    this.#byId.set(id, stored);
    this.#joinThread(stored);
    this.#remember(facts, stored.threadId);
    this.#record('messageAdded', stored, []);
    return stored;
  }

  /** Adds and removes labels; what changes nothing leaves no history. */
  relabel(id: string, add: readonly string[], remove: readonly string[]): StoredMessage | null {
    const message = this.#byId.get(id);
    if (!message) return null;
    const removed = remove.filter((label) => message.labels.includes(label));
    const added = add.filter((label) => !message.labels.includes(label));
    if (removed.length > 0) {
      message.labels = message.labels.filter((label) => !removed.includes(label));
      this.#record('labelRemoved', message, removed, added.length > 0);
    }
    if (added.length > 0) {
      message.labels = [...message.labels, ...added];
      this.#record('labelAdded', message, added);
    }
    return message;
  }

  /** New content under the same id, as Outlook's drafts have; no history, but listeners hear it. */
  replace(id: string, raw: Buffer, internalDate: number): StoredMessage | null {
    const old = this.#byId.get(id);
    if (!old) return null;
    // A new ordinal, so that indexes by ordinal read the new content.
    const stored: StoredMessage = { ...old, ordinal: this.messages.length, raw, internalDate };
    this.messages[old.ordinal] = undefined;
    this.messages.push(stored);
    this.#byId.set(id, stored);
    const thread = this.threads.get(old.threadId) ?? [];
    this.threads.set(
      old.threadId,
      thread.map((other) => (other.id === id ? stored : other)),
    );
    this.#remember(threadFacts(parseTopHeaders(raw)), old.threadId);
    this.#record('messageReplaced', stored, []);
    return stored;
  }

  /** Deletes for good (not to the trash). */
  delete(id: string): boolean {
    const message = this.#byId.get(id);
    if (!message) return false;
    this.#byId.delete(id);
    this.messages[message.ordinal] = undefined;
    const rest = this.threads.get(message.threadId)?.filter((other) => other.id !== id) ?? [];
    if (rest.length > 0) this.threads.set(message.threadId, rest);
    else this.threads.delete(message.threadId);
    this.#record('messageDeleted', message, []);
    return true;
  }

  /** Whether a message with these headers may join `threadId` when a client asks for it. */
  fitsThread(raw: Buffer, threadId: string): boolean {
    return this.#findThread(threadFacts(parseTopHeaders(raw))) === threadId;
  }

  /** Makes every cursor handed out so far too old. */
  forgetHistory(): void {
    this.#historyId += 1 + this.random.int(40);
    this.history.forget(this.#historyId);
  }

  #record(
    kind: ChangeKind,
    message: StoredMessage,
    changed: readonly string[],
    unfinished = false,
  ): void {
    // Ids rise with gaps, as Gmail's do: a client that counts on +1 must fail here too.
    this.#historyId += 1 + this.random.int(40);
    this.version++;
    message.historyId = this.#historyId;
    const change: MailboxChange = {
      kind,
      historyId: this.#historyId,
      atMs: this.#clock.now(),
      messageId: message.id,
      threadId: message.threadId,
      labels: message.labels,
      changed,
      unfinished,
    };
    if (kind !== 'messageReplaced') this.history.append(change);
    for (const listener of this.#listeners) listener(change);
  }

  #newId(internalDate: number): string {
    if (this.#ids) return this.#ids.message();
    const base = BigInt(Math.max(0, Math.floor(internalDate))) << 20n;
    for (;;) {
      const id = (base | BigInt(this.random.int(1 << 20))).toString(16).padStart(16, '0');
      if (!this.#byId.has(id)) return id;
    }
  }

  #findThread(facts: ThreadFacts): string | undefined {
    for (const ancestor of facts.ancestors) {
      const known = this.#byMessageId.get(ancestor);
      if (known && known.subjectKey === facts.subjectKey && this.threads.has(known.threadId)) {
        return known.threadId;
      }
    }
    return undefined;
  }

  #joinThread(message: StoredMessage): void {
    const thread = this.threads.get(message.threadId);
    if (thread) thread.push(message);
    else this.threads.set(message.threadId, [message]);
  }

  #remember(facts: ThreadFacts, threadId: string): void {
    if (facts.messageId === null) return;
    const subjectKey = detach(facts.subjectKey);
    this.#byMessageId.set(detach(facts.messageId), { threadId, subjectKey });
  }
}
