import type { AccessLog } from '../shared/access-log.ts';
import type { Clock } from '../shared/clock.ts';
import type { Faults } from '../shared/faults.ts';
import type { Latency } from '../shared/latency.ts';
import type { Mailbox } from '../shared/mailbox/mailbox.ts';
import type { Random } from '../shared/random.ts';
import type { BodyCharset } from './gmail/payload.ts';
import type { Quota } from './gmail/quota.ts';
import type { OAuthStore } from './oauth/store.ts';
import type { PubSub } from './push/pubsub.ts';

/** Quirks of one account, settable while the emulator runs. */
export interface AccountSettings {
  /** false: every Gmail call answers 400 "Mail service not enabled". */
  mailEnabled: boolean;
  bodyCharset: BodyCharset;
  /** First history page of a listing has no `history` but a nextPageToken (lieer#24). */
  emptyHistoryPage: boolean;
  /** Ms until search finds a new message. */
  searchLagMs: number;
}

export interface Account {
  mailbox: Mailbox;
  settings: AccountSettings;
}

export interface GmailLimits {
  /** Longer `q` answers 400; no limit is documented. */
  maxQueryLength: number;
  /** Text bodies above this many bytes come as attachments. */
  inlineBodyBytes: number;
  /** Longest message that messages.send takes (documented for uploads: 36,700,160). */
  maxSendBytes: number;
  /** Longest body at a plain address; not documented, sends above 5 to 6 MB were answered 413. */
  maxJsonBytes: number;
}

export const DEFAULT_LIMITS: GmailLimits = {
  maxQueryLength: 8_000,
  inlineBodyBytes: 1024 * 1024,
  maxSendBytes: 36_700_160,
  maxJsonBytes: 5 * 1024 * 1024,
};

/** Everything the Google handlers need; made once per emulator. */
export interface GoogleContext {
  clock: Clock;
  random: Random;
  log: AccessLog;
  faults: Faults;
  latency: Latency;
  accounts: Map<string, Account>;
  oauth: OAuthStore;
  quota: Quota;
  pubsub: PubSub;
  limits: GmailLimits;
}

export const findAccount = (context: GoogleContext, address: string): Account | undefined =>
  context.accounts.get(address.toLowerCase());
