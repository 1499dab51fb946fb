import type { ActiveSlice } from '../db/backfill-slice-store.ts';
import { isChosen, type ScopeContext } from '../domain/scope.ts';
import { searchTermsFor } from '../domain/search-terms.ts';
import { PageTokenInvalidError } from '../providers/errors.ts';
import type { MailProvider, SearchPage, SearchQuery } from '../providers/mail-provider.ts';

/** A slice, and where it goes on. */
export interface OpenSlice extends ActiveSlice {
  pageToken: string | null;
}

export interface ListedPage extends SearchPage {
  slice: OpenSlice;
}

export interface ListerOptions {
  mailbox: MailProvider;
  /** Slices behind the one numbered `after`, in the order in which they shall be listed. */
  slices: (after: number) => Promise<OpenSlice[]>;
  /** As of now: contacts that were removed meanwhile are not asked for any more. */
  scope: () => ScopeContext;
  mayBringBodies: (slice: OpenSlice) => boolean;
  /** Ids that may wait to be taken, pages under way not counted. */
  ahead: number;
}

/**
 * Lists pages ahead of whoever takes them, `listsAtOnce` slices at a time: each slice's pages in
 * order, and of one window the first page of every slice before any second one, so that the newest
 * mail comes first. What is listed and not committed is listed again by the next attempt.
 */
export class Lister {
  readonly #options: ListerOptions;
  #waiting: OpenSlice[] = [];
  #lastOrdinal = -1;
  #running = new Set<Promise<void>>();
  #ready: ListedPage[] = [];
  #failure: { error: unknown } | null = null;
  /** Answers to what was asked before a restart are dropped. */
  #generation = 0;

  constructor(options: ListerOptions) {
    this.#options = options;
  }

  /**
   * Pages with `enough` ids together, or all there are.
   * @returns none when no slice is left
   */
  async take(enough: number): Promise<ListedPage[]> {
    for (;;) {
      if (this.#failure) throw this.#failure.error;
      if (this.#waiting.length === 0) await this.#refill();
      this.#start();
      if (this.#readyIds() >= enough || this.#running.size === 0) return this.#ready.splice(0);
      await Promise.race(this.#running);
    }
  }

  /** Forgets what it has listed and what it was going to: the slices have changed. */
  restart(): void {
    this.#generation += 1;
    this.#waiting = [];
    this.#ready = [];
    this.#lastOrdinal = -1;
  }

  /** Starts nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#failure ??= { error: new Error('The lister is closed.') };
    await Promise.all(this.#running);
  }

  async #refill(): Promise<void> {
    const slices = await this.#options.slices(this.#lastOrdinal);
    this.#waiting.push(...slices);
    this.#lastOrdinal = slices.at(-1)?.ordinal ?? this.#lastOrdinal;
  }

  #start(): void {
    const { mailbox, ahead } = this.#options;
    while (
      this.#failure === null &&
      this.#running.size < mailbox.listsAtOnce &&
      this.#readyIds() < ahead
    ) {
      const slice = this.#waiting.shift();
      if (!slice) return;
      const running = this.#list(slice, this.#generation).finally(() => {
        this.#running.delete(running);
        this.#start();
      });
      this.#running.add(running);
    }
  }

  async #list(slice: OpenSlice, generation: number): Promise<void> {
    try {
      const page = await this.#ask(slice);
      if (generation !== this.#generation) return;
      this.#ready.push({ slice, ...page });
      if (page.nextPageToken !== null) {
        this.#queue({ ...slice, pageToken: page.nextPageToken });
      }
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #queue(slice: OpenSlice): void {
    const older = this.#waiting.findIndex(({ to }) => to < slice.to);
    this.#waiting.splice(older < 0 ? this.#waiting.length : older, 0, slice);
  }

  async #ask(slice: OpenSlice): Promise<SearchPage> {
    const { mailbox, scope, mayBringBodies } = this.#options;
    const { contacts, ownAddresses, scope: place } = scope();
    if (!isChosen(place)) return { ids: [], nextPageToken: null };
    // The user's own address, filed as a contact, would find all mail there is (I3).
    const known = slice.addresses.filter(
      ({ matchKey }) => contacts.has(matchKey) && !ownAddresses.has(matchKey),
    );
    const isSearch = slice.addressIds.length > 0;
    // Every contact of this slice is the user, or was removed since it was planned.
    if (isSearch && known.length === 0) return { ids: [], nextPageToken: null };
    const terms = known.flatMap(({ matchKey, address }) => searchTermsFor(matchKey, address));
    const query: SearchQuery = {
      addresses: isSearch ? [...new Set(terms)] : null,
      from: slice.from,
      to: slice.to,
      scope: place,
      mayBringBodies: mayBringBodies(slice),
    };
    try {
      return await mailbox.search(query, slice.pageToken);
    } catch (error) {
      if (!(error instanceof PageTokenInvalidError) || slice.pageToken === null) throw error;
      // The provider forgot the page: from the start again, verdicts make the repetition cheap.
      return await mailbox.search(query, null);
    }
  }

  #readyIds(): number {
    return this.#ready.reduce((sum, { ids }) => sum + ids.length, 0);
  }
}
