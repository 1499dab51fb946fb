import { createHash } from 'node:crypto';
import type { MailboxIds } from '../../shared/mailbox/mailbox.ts';
import type { Random } from '../../shared/random.ts';

const IMMUTABLE = 'AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A';
const REST = 'AAMk';
const UNIQUE = 11;
const MOVES = 4;
const TAIL = 'AAA=';

const digest = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('base64url').replaceAll('_', 'x').slice(0, length);

const swapCase = (text: string): string =>
  text.replace(/[a-z]/gi, (char) =>
    char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase(),
  );

/** What a path segment turned out to name. */
type ParsedId = { immutableId: string; moves: number | null };

/**
 * The ids of one mailbox. A message is stored under its immutable id; the ordinary id is made from
 * it and from how often the message moved, so every move changes it. Folder ids never change.
 */
export class OutlookIds implements MailboxIds {
  readonly #random: Random;
  readonly #mailbox: string;
  readonly #long: string;
  #taken = new Set<string>();
  #last: string | null = null;

  constructor(address: string, random: Random) {
    this.#random = random;
    this.#mailbox = digest(`mailbox ${address}`, 11);
    this.#long = digest(`${address} guid`, 43) + digest(`${address} more`, 5);
  }

  /** A new immutable id. Every second one differs from its neighbour by letter case alone. */
  message(): string {
    const twin = this.#last === null ? null : swapCase(this.#last);
    this.#last = twin === null ? this.#fresh() : null;
    const unique = twin !== null && !this.#taken.has(twin) ? twin : (this.#last ?? this.#fresh());
    this.#taken.add(unique);
    return `${IMMUTABLE}${this.#mailbox}AAA${unique}AA`;
  }

  thread(messageId: string): string {
    return `AAQk${this.#long}AQA${digest(`thread ${messageId}`, 22)}=`;
  }

  folder(key: string): string {
    return `AAMk${this.#long}AuAAAAAAAi${digest(`folder ${key}`, 28)}AAA=`;
  }

  /** The ordinary id of a message that moved `moves` times. */
  rest(immutableId: string, moves: number): string {
    const unique = immutableId.slice(-UNIQUE - 2, -2);
    const count = moves.toString(36).toUpperCase().padStart(MOVES, '0');
    return `${REST}${this.#long}BGAAAAAAAiQ8W967B7TKBjgx9rVEURBw${this.#mailbox}AAAAAAEMAAA${unique}${count}${TAIL}`;
  }

  /** @returns null for what is no message id of this mailbox at all */
  parse(id: string): ParsedId | null {
    if (id.startsWith(IMMUTABLE)) return { immutableId: id, moves: null };
    if (!id.startsWith(REST) || !id.endsWith(TAIL)) return null;
    const end = id.length - TAIL.length;
    const unique = id.slice(end - MOVES - UNIQUE, end - MOVES);
    const moves = Number.parseInt(id.slice(end - MOVES, end), 36);
    const immutableId = `${IMMUTABLE}${this.#mailbox}AAA${unique}AA`;
    return this.rest(immutableId, moves) === id ? { immutableId, moves } : null;
  }

  #fresh(): string {
    for (;;) {
      const bytes = Buffer.from(this.#random.hex(16), 'hex');
      const unique = bytes.toString('base64url');
      if (!this.#taken.has(unique)) return unique;
    }
  }
}

/** Whether the text could be an Exchange id of any mailbox; else it is malformed. */
export const looksLikeId = (id: string): boolean => /^AA[MkQ][A-Za-z0-9_+/-]{20,}=*$/.test(id);
