import type { Response } from 'express';
import type { Logger } from 'pino';
import { describeError } from '../config/describe-error.ts';
import type { Database } from '../db/database.ts';
import { readInboxVersions } from '../db/inbox-version-store.ts';
import type { Caller } from './auth.ts';
import { Problem } from './problem.ts';

/** Of one user: a page each. */
const MAX_PER_USER = 10;
const MAX_IN_ALL = 2_000;
/** Shorter than the idle time-outs of proxies. */
const HEARTBEAT_MS = 15_000;
/** Then the browser comes again, and who it is is checked again. */
const LIFETIME_MS = 5 * 60_000;
const REOPEN_MS = 1_000;

interface Watched {
  caller: Caller;
  streams: Set<Response>;
  /** The event that every stream has had. */
  event: string;
}

interface Options {
  database: Pick<Database, 'asUser'>;
  /** How often a user's inboxes are looked at while one of their pages is open. */
  everyMs: number;
  /** Default 15 s. */
  heartbeatMs?: number;
  /** Default 5 min. */
  lifetimeMs?: number;
  log: Logger;
}

/**
 * Server-sent events: tells a user's pages which of their inboxes have changed; the pages then read
 * what they show. Looking beats being told here: a look costs one statement per user and second,
 * works through any pooler, and after a break the first event says all there is to know.
 */
export class ChangeStreams implements Disposable {
  readonly #options: Options;
  readonly #watched = new Map<string, Watched>();
  #timer: NodeJS.Timeout | null = null;
  #beatAt = 0;
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** @throws Problem `too-many-streams` */
  open(caller: Caller, res: Response): void {
    const key = JSON.stringify([caller.orgId, caller.userId]);
    const watched = this.#watched.get(key) ?? { caller, streams: new Set(), event: '' };
    this.#refuseTooMany(watched);
    this.#watched.set(key, watched);
    watched.streams.add(res);
    const ending = setTimeout(() => res.end(), this.#options.lifetimeMs ?? LIFETIME_MS);
    res.once('close', () => {
      clearTimeout(ending);
      watched.streams.delete(res);
      if (watched.streams.size === 0) this.#watched.delete(key);
    });
    res.status(200).set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
    res.write(`retry: ${REOPEN_MS}\n\n${watched.event}`);
    if (this.#closed) res.end();
    else if (!this.#timer) this.#lookSoon(0);
    else if (!watched.event) void this.#look(watched);
  }

  /** Ends every stream, so that the server can drain. */
  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#timer ?? undefined);
    for (const { streams } of this.#watched.values()) for (const res of streams) res.end();
  }

  #refuseTooMany({ streams }: Watched): void {
    const all = [...this.#watched.values()].reduce((sum, one) => sum + one.streams.size, 0);
    if (streams.size < MAX_PER_USER && all < MAX_IN_ALL) return;
    throw new Problem('too-many-streams', 'No further stream of changes was opened.', {
      headers: { 'Retry-After': '30' },
    });
  }

  #lookSoon(inMs: number): void {
    this.#timer = setTimeout(() => void this.#lookAtAll(), inMs);
  }

  async #lookAtAll(): Promise<void> {
    const beat = Date.now() - this.#beatAt > (this.#options.heartbeatMs ?? HEARTBEAT_MS);
    if (beat) this.#beatAt = Date.now();
    for (const watched of this.#watched.values()) {
      await this.#look(watched);
      if (beat) for (const res of watched.streams) res.write(': still here\n\n');
    }
    if (this.#watched.size === 0 || this.#closed) this.#timer = null;
    else this.#lookSoon(this.#options.everyMs);
  }

  async #look(watched: Watched): Promise<void> {
    const { database, log } = this.#options;
    try {
      const inboxes = await database.asUser(watched.caller, readInboxVersions);
      const event = `event: inboxes\ndata: ${JSON.stringify(inboxes)}\n\n`;
      if (event === watched.event) return;
      watched.event = event;
      for (const res of watched.streams) res.write(event);
    } catch (error) {
      log.warn({ failure: describeError(error) }, 'changes could not be looked for');
    }
  }
}
