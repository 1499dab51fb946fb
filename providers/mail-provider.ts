import type { MailMessage, MessageHead, MessageState } from '../domain/message.ts';
import type { QuotaLane } from '../domain/quota.ts';
import type { ChosenScope, Scope } from '../domain/scope.ts';
import type { QueryLimits } from '../domain/search-plan.ts';
import type { FailureCode } from '../domain/verdict.ts';

/**
 * One mailbox at one provider. Both adapters satisfy this; workflows and activities do not know
 * which they run. Every method makes its HTTP attempts through the session's `CallGate`, one
 * attempt per call, and throws only `ProviderError`s (errors.ts).
 */
export interface MailProvider {
  /** Ids per `fetchHeads`/`fetchMessages` call that cost one HTTP round trip. */
  readonly fetchBatchSize: number;

  /** What one search may ask for. */
  readonly queryLimits: QueryLimits;

  /** Pages of different searches to ask for at the same time. */
  readonly listsAtOnce: number;

  /** Whether mail of this scope is listed whole, heads only, instead of searched for by contacts. */
  listsWhole(scope: Scope): boolean;

  /** The mailbox's address, without reading any mail. */
  address(): Promise<string>;

  /** The mailbox's address and a cursor that stands at "now". */
  profile(): Promise<{ address: string; cursor: SyncCursor }>;

  /** Every address that is the user's own: primary, aliases, send-as. */
  ownAddresses(): Promise<string[]>;

  /** Labels or folders the user may choose as scope, system ones that make sense included. */
  listScopeChoices(): Promise<ScopeChoice[]>;

  /**
   * One page of messages with any of `query.addresses` as participant, newest first where the
   * provider can. Hits are candidates: search matches words, so the predicate decides.
   * @throws PageTokenInvalidError the provider forgot the token: start the window again
   */
  search(query: SearchQuery, pageToken: string | null): Promise<SearchPage>;

  /** Headers only, never a body. Results in any order, one per id. */
  fetchHeads(ids: readonly string[]): Promise<Fetched<MessageHead>[]>;

  /** Whole messages without attachment content. Results in any order, one per id. */
  fetchMessages(ids: readonly string[]): Promise<Fetched<MailMessage>[]>;

  /**
   * One page of changes after `cursor`, oldest first. `cursor` in the answer is null until the
   * last page: commit it only then, or a crash between pages loses the rest.
   * @throws CursorExpiredError the provider forgot the cursor: open a gap, take a new one
   * @throws PageTokenInvalidError the provider forgot the token: start again at the same cursor
   */
  listChanges(
    cursor: SyncCursor,
    scope: ChosenScope,
    pageToken: string | null,
  ): Promise<ChangePage>;

  /** Content of one attachment, found by the part's stable id. */
  fetchAttachment(providerMessageId: string, partId: string): Promise<Uint8Array>;

  /**
   * Starts or renews push.
   * @param id of the watch before, as it was returned
   * @returns null when push is not configured
   */
  watch(id: string | null): Promise<Watch | null>;

  /** Ends push; nothing when push is not configured. */
  unwatch(id: string | null): Promise<void>;
}

/** Where sync stands at the provider. Stored sealed: Graph's delta links name folders. */
export type SyncCursor = GmailCursor | OutlookCursor;

export interface GmailCursor {
  v: 1;
  provider: 'gmail';
  historyId: string;
}

export interface OutlookCursor {
  v: 1;
  provider: 'outlook';
  /** Delta link of the list of folders. */
  foldersLink: string;
  /** What the mail in some folders is instead of mail, by folder id. */
  places: Readonly<Record<string, MessageState>>;
  folders: readonly {
    id: string;
    parentId: string | null;
    /** Delta link of its messages; null while it is not followed. */
    link: string | null;
    /** Whether the delta covers all the days that are synced, or begins with the inbox. */
    whole: boolean;
  }[];
}

/** Push, as the provider granted it: that it arrives, only the first one shows. */
export interface Watch {
  /** The provider's name for it; null where it has none. */
  id: string | null;
  /** Epoch ms. */
  expiresAt: number;
}

export interface SearchQuery {
  /** Spellings to search for; null: everything of the window and the scope, without a search. */
  addresses: readonly string[] | null;
  /** Epoch ms, half open [from, to); the adapter widens it where boundaries are fuzzy. */
  from: number;
  to: number;
  scope: ChosenScope;
  /** Whether whole messages may come with the page, bodies of false hits included. */
  mayBringBodies: boolean;
}

export interface SearchPage {
  ids: string[];
  /** May name the addresses asked for: sealed wherever it is kept. */
  nextPageToken: string | null;
  /** Of the ids, where the provider answers with more than ids and the query allowed it. */
  messages?: Fetched<MailMessage>[];
  heads?: MessageHead[];
  /**
   * On a last page that leaves hits out. `narrow`: the provider tells no more of this query, ask for
   * less at once. `scan`: there is no search in this mailbox, list everything instead.
   */
  missing?: 'narrow' | 'scan';
}

export type Fetched<T> =
  | { id: string; outcome: 'found'; message: T }
  | { id: string; outcome: 'gone' }
  /** Answered, but nothing could be made of it; retrying will not help. */
  | { id: string; outcome: 'unreadable'; code: FetchFailureCode; detail: string }
  /** Not answered this time (inner 429, 5xx): ask again after `retryAfterMs`. */
  | { id: string; outcome: 'retry'; retryAfterMs: number };

/** The adapter's share of the verdict `failed`. */
export type FetchFailureCode = Exclude<FailureCode, 'not_storable'>;

export interface ChangePage {
  /** Messages that are new, or whose labels changed so that they may have entered the scope. */
  touchedIds: string[];
  /** Messages the provider deleted for good. They stay on the timeline. */
  deletedIds: string[];
  /** Of the touched ids, where the provider lists more than ids. */
  heads?: MessageHead[];
  /** Push does not tell of such changes: deletions, or what a folder holds that is newly followed. */
  unannounced?: boolean;
  nextPageToken: string | null;
  cursor: SyncCursor | null;
}

export interface ScopeChoice {
  kind: 'label' | 'folder';
  id: string;
  name: string;
  /** True for the provider's own, such as Inbox or Sent. */
  system: boolean;
}

/** Who is asking, so that live mail goes before a waiting user, and both before backfill (B10). */
export type Lane = QuotaLane;

/** What a call costs and reveals, declared before it starts. */
export interface ProviderCall {
  /** Provider's name of the method, for logs and metrics: `messages.get`. */
  method: string;
  /** Quota units of the provider's own table. */
  units: number;
  /** Requests that the provider counts as under way at once, 1 unless a batch carries several. */
  atOnce?: number;
  /** It sends: only where the user has turned sending on (I11). */
  sends?: boolean;
  /** Counted for the touch report (B1) as soon as the call has left. */
  reads?: Reads;
  /** Counted once the call has ended: set by `start`, where only the answer tells how much it held. */
  answered?: Reads;
}

/** How much of a mailbox a call reads, in messages. */
export interface Reads {
  ids?: number;
  heads?: number;
  bodies?: number;
}

/** What a call is made with; valid for this attempt only. */
export interface Access {
  accessToken: string;
  /** Aborts on time-out, on cancellation, and when a connection takes too long. */
  signal: AbortSignal;
}

/**
 * Every provider call passes here: waits for quota and a slot, renews the token, checks the epoch fence,
 * starts the call, counts what it reads. `start` makes one HTTP attempt and must send it at once:
 * the fence is held until it has left. It runs a second time only after a refused token.
 * @throws StaleEpochError (domain/errors.ts) the inbox was disconnected, deleted or reconnected
 * @throws RateLimitedError the wait would be longer than a waiting user's patience
 * @throws TokenRevokedError the grant is dead
 */
export type CallGate = <T>(call: ProviderCall, start: (access: Access) => Promise<T>) => Promise<T>;

/** What an adapter needs to act for one inbox. */
export interface ProviderSession {
  gate: CallGate;
  /** What a push says to be known as one for this inbox in this epoch; absent before there is one. */
  push?: { inboxId: string; secret: string };
}
