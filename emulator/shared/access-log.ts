import { matchesPattern } from './pattern.ts';

/** One provider call. A batch is one entry per part, plus one named `batch` for the envelope. */
export interface AccessEntry {
  /** Rises by one per entry and never restarts, so a reader can ask for "since". */
  seq: number;
  /**
   * When the request came in, epoch ms on the emulator's clock: its headers were read. A part of a
   * batch came with its envelope; a push, which goes the other way, left then.
   */
  arrivedMs: number;
  /** When it was answered, on the same clock. */
  atMs: number;
  /** Monotonic ms, for rates and for the distance between calls. */
  monoMs: number;
  /** Address of the mailbox; null when the call carried neither a valid token nor a known grant. */
  mailbox: string | null;
  /** For example `gmail.users.messages.get`, `oauth.token`, `pubsub.push`, `batch`. */
  method: string;
  httpMethod: string;
  /** Path without query. */
  path: string;
  /** `full`, `metadata`, `minimal` or `raw` on messages.get and threads.get; else null. */
  format: string | null;
  q: string | null;
  /** The answer's status; 0 when no answer was sent (hang, reset). */
  status: number;
  /** Quota units charged. */
  units: number;
  batchId: string | null;
  messageId: string | null;
  /** Bytes of the answer's body. */
  bytes: number;
  /** Id of the fault rule that shaped the answer. */
  fault: string | null;
}

/** Whether an entry is a call of the provider's, and not one to it. */
export const isPush = (method: string): boolean =>
  method === 'pubsub.push' || method.startsWith('graph.notify');

export interface AccessFilter {
  mailbox?: string;
  /** `*` stands for any run of characters: `gmail.users.messages.*`. */
  method?: string;
  format?: string;
  status?: number;
  messageId?: string;
  sinceSeq?: number;
  /** Newest entries kept; default all. */
  limit?: number;
}

/** Totals of one method since the log was last cleared. */
export interface MethodCount {
  mailbox: string | null;
  method: string;
  format: string | null;
  calls: number;
  units: number;
  bytes: number;
  /** 429, and 403 with a quota reason. */
  throttled: number;
  /** Answers of status 400 and above, throttled ones included. */
  errors: number;
}

type NewAccessEntry = Omit<AccessEntry, 'seq'> & { throttled: boolean };

/** Entries beyond this are forgotten oldest first; the counts go on. */
const KEEP = 250_000;

export class AccessLog {
  #entries: AccessEntry[] = [];
  #counts = new Map<string, MethodCount>();
  #seq = 0;

  record({ throttled, ...entry }: NewAccessEntry): void {
    this.#entries.push({ seq: ++this.#seq, ...entry });
    if (this.#entries.length > KEEP * 1.25) this.#entries = this.#entries.slice(-KEEP);
    this.#count(entry, throttled);
  }

  query(filter: AccessFilter = {}): AccessEntry[] {
    const found = this.#entries.filter((entry) => matches(entry, filter));
    return filter.limit === undefined ? found : found.slice(-filter.limit);
  }

  counts(): MethodCount[] {
    return [...this.#counts.values()];
  }

  clear(): void {
    this.#entries = [];
    this.#counts.clear();
  }

  #count(entry: Omit<AccessEntry, 'seq'>, throttled: boolean): void {
    const key = `${entry.mailbox} ${entry.method} ${entry.format}`;
    let count = this.#counts.get(key);
    if (!count) {
      const { mailbox, method, format } = entry;
      count = { mailbox, method, format, calls: 0, units: 0, bytes: 0, throttled: 0, errors: 0 };
      this.#counts.set(key, count);
    }
    count.calls++;
    count.units += entry.units;
    count.bytes += entry.bytes;
    if (throttled) count.throttled++;
    if (entry.status >= 400) count.errors++;
  }
}

const matches = (entry: AccessEntry, filter: AccessFilter): boolean =>
  (filter.mailbox === undefined || entry.mailbox === filter.mailbox) &&
  (filter.method === undefined || matchesPattern(entry.method, filter.method)) &&
  (filter.format === undefined || entry.format === filter.format) &&
  (filter.status === undefined || entry.status === filter.status) &&
  (filter.messageId === undefined || entry.messageId === filter.messageId) &&
  (filter.sinceSeq === undefined || entry.seq > filter.sinceSeq);
