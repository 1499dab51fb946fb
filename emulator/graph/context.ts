import type { AccessLog } from '../shared/access-log.ts';
import type { Clock } from '../shared/clock.ts';
import type { Faults } from '../shared/faults.ts';
import type { Latency } from '../shared/latency.ts';
import type { Mailbox } from '../shared/mailbox/mailbox.ts';
import type { Random } from '../shared/random.ts';
import type { Person } from './entra/directory.ts';
import type { EntraStore } from './entra/store.ts';
import type { Notifications } from './push/notifications.ts';
import type { GraphQuota } from './quota.ts';
import type { Outlook } from './store/outlook.ts';

/** Quirks of one Outlook mailbox, settable while the emulator runs. */
export interface OutlookSettings {
  /** false: every mail call answers 404 MailboxNotEnabledForRESTAPI. */
  mailEnabled: boolean;
  /** Ms until `$search` finds a new message. */
  searchLagMs: number;
  /** Ms until a new message can be read by id; a notification may come earlier. */
  readableAfterMs: number;
  /** Ms from the 202 of sendMail until the copy is in Sent Items. */
  sentCopyAfterMs: number;
  /** Empty pages with a nextLink at the start of each delta round. */
  emptyDeltaPages: number;
  /** Each delta page but the first opens with the last row of the page before. */
  repeatDeltaRows: boolean;
  /** Updated messages come with the changed properties only. */
  partialDeltaRows: boolean;
  /** With immutable ids, a message that left a folder and came back between two polls is lost. */
  loseReturningMessages: boolean;
  /** `documented`: `changed` while the message exists elsewhere; `deleted`: always that. */
  removedReason: 'documented' | 'deleted';
}

export const DEFAULT_SETTINGS: OutlookSettings = {
  mailEnabled: true,
  searchLagMs: 0,
  readableAfterMs: 0,
  sentCopyAfterMs: 0,
  emptyDeltaPages: 0,
  repeatDeltaRows: false,
  partialDeltaRows: true,
  loseReturningMessages: true,
  removedReason: 'documented',
};

export interface OutlookAccount {
  mailbox: Mailbox;
  outlook: Outlook;
  person: Person;
  settings: OutlookSettings;
}

export interface GraphLimits {
  /** A delta with a filter ends after this many messages, without a word (documented: 5,000). */
  filteredDelta: number;
  /** Messages that one `$search` finds at most (documented: 1,000). */
  searchResults: number;
  /** Messages of one `$search` page at most; not documented. */
  searchPage: number;
  /** Largest odata.maxpagesize of a delta that is obeyed; not documented. */
  deltaPage: number;
  /** Longer URLs answer 414; parts of a $batch are free of it. */
  maxUrl: number;
  /** Pages of more bytes answer 504, as large pages with bodies do. 0: never. */
  gatewayBytes: number;
  /** Delta tokens are padded to this many bytes before encoding: real ones are long. */
  deltaTokenBytes: number;
}

export const DEFAULT_GRAPH_LIMITS: GraphLimits = {
  filteredDelta: 5_000,
  searchResults: 1_000,
  searchPage: 1_000,
  deltaPage: 1_000,
  maxUrl: 16_000,
  gatewayBytes: 0,
  deltaTokenBytes: 600,
};

/** Everything the Microsoft handlers need; made once per emulator. */
export interface GraphContext {
  clock: Clock;
  random: Random;
  log: AccessLog;
  faults: Faults;
  latency: Latency;
  accounts: Map<string, OutlookAccount>;
  entra: EntraStore;
  quota: GraphQuota;
  notifications: Notifications;
  limits: GraphLimits;
  /** Where links in answers point, without a slash at the end. Own URL once the server listens. */
  linkBase: string;
}

export const findOutlookAccount = (
  context: GraphContext,
  address: string,
): OutlookAccount | undefined => context.accounts.get(address.toLowerCase());
