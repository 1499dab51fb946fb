import type { AccountSettings, GmailLimits } from '../google/context.ts';
import type { QuotaCount, QuotaOptions } from '../google/gmail/quota.ts';
import type { OAuthClient, RefreshFailure } from '../google/oauth/store.ts';
import type { PushDelivery } from '../google/push/delivery.ts';
import type { PushBehaviour, PushSubscription, Watch } from '../google/push/pubsub.ts';
import type { BulkMailboxResult, BulkOptions } from '../seed/bulk/bulk-mailbox.ts';
import type { DemoMailboxResult, DemoOptions } from '../seed/demo/demo-mailbox.ts';
import type { AccessEntry, AccessFilter, MethodCount } from '../shared/access-log.ts';
import type { FaultRule } from '../shared/faults.ts';
import type { LatencyRule } from '../shared/latency.ts';
import type { Label } from '../shared/mailbox/labels.ts';
import type { SendAsAddress } from '../shared/mailbox/mailbox.ts';
import type { MessageSpec } from '../shared/mime/compose.ts';
import { GRAPH_NAMES, type GraphControl } from './graph-contract.ts';

export type * from './graph-contract.ts';

export interface NewAccount {
  address: string;
  displayName?: string;
  /** Further addresses in settings.sendAs; search does not expand them. */
  aliases?: SendAsAddress[];
  /** Names of user labels. */
  labels?: string[];
  settings?: Partial<AccountSettings>;
}

export interface AccountView {
  address: string;
  displayName: string;
  messages: number;
  threads: number;
  historyId: number;
  settings: AccountSettings;
}

/** Where a message goes and what it says: raw bytes, or a spec in words. */
export interface AddMessage extends MessageSpec {
  address: string;
  /** Whole message in base64; the spec's fields are ignored then. */
  rawBase64?: string;
  /**
   * `receive` (INBOX, UNREAD), `sent` (SENT), or `self` (both, as mail to oneself has).
   * Default receive, or none when `labels` is given.
   */
  as?: 'receive' | 'sent' | 'self';
  /** Label ids or names; an unknown name is created. On Outlook a name is a path of folders. */
  labels?: string[];
  /** Outlook: where the message lies, by id, well-known name or path (`Clients/Acme`). */
  folder?: string;
  /** Epoch ms or ISO; default now, or the spec's date. */
  internalDate?: number | string;
  /** Messages of one key answer each other, so they share a thread. */
  threadKey?: string;
}

export interface MessageRef {
  id: string;
  threadId: string;
}

export interface MessageView extends MessageRef {
  labelIds: string[];
  internalDate: number;
  from: string;
  subject: string;
  messageId: string;
}

export interface ConsentInput {
  /** What the product would redirect the browser to. */
  authUrl: string;
  address: string;
  /** Scopes left ticked; default all that are asked. */
  scopes?: string[];
  /** false: Cancel. */
  allow?: boolean;
}

export interface IssuedTokens {
  access_token: string;
  refresh_token: string;
  scope: string;
  token_type: 'Bearer';
  /** Epoch ms, ready for OAuth2Client.setCredentials. */
  expiry_date: number;
}

type One = { address: string; id: string };

/**
 * Everything a demo, test or bench may do to the emulator, in process or over HTTP
 * (`POST /_emulator/<method>` with the input as JSON). Each takes at most one object. What is about
 * messages, faults, latency, the clock and the log holds for either provider's mailboxes.
 */
export interface EmulatorControl extends GraphControl {
  now(): Promise<number>;
  advanceClock(input: { ms: number }): Promise<number>;

  createAccount(input: NewAccount): Promise<AccountView>;
  deleteAccount(input: { address: string }): Promise<void>;
  listAccounts(): Promise<AccountView[]>;
  setAccountSettings(input: { address: string } & Partial<AccountSettings>): Promise<AccountView>;
  setAliases(input: { address: string; aliases: SendAsAddress[] }): Promise<void>;

  addMessage(input: AddMessage): Promise<MessageRef>;
  listMessages(input: { address: string; label?: string }): Promise<MessageView[]>;
  /** The whole message in base64. */
  rawMessage(input: One): Promise<string>;
  modifyLabels(input: One & { add?: string[]; remove?: string[] }): Promise<void>;
  trash(input: One): Promise<void>;
  untrash(input: One): Promise<void>;
  markSpam(input: One): Promise<void>;
  markNotSpam(input: One): Promise<void>;
  deleteMessage(input: One): Promise<void>;
  /** Gmail deletes the last version and adds a new message id; an Outlook draft keeps its id. */
  saveDraft(input: AddMessage & { id?: string }): Promise<MessageRef>;
  /** Gmail deletes the draft and adds the sent copy; Outlook moves it, under the same immutable id. */
  sendDraft(input: One): Promise<MessageRef>;

  listLabels(input: { address: string }): Promise<Label[]>;
  createLabel(input: { address: string; name: string }): Promise<Label>;
  renameLabel(input: { address: string; label: string; name: string }): Promise<Label>;
  deleteLabel(input: { address: string; label: string }): Promise<void>;
  /** Makes every cursor handed out so far answer 404. */
  forgetHistory(input: { address: string }): Promise<number>;

  registerClient(input: Partial<OAuthClient> & { clientId: string }): Promise<OAuthClient>;
  setAccessTokenLife(input: { seconds: number }): Promise<void>;
  /** Clicks through the consent page. @returns the URL the browser is sent back to */
  consent(input: ConsentInput): Promise<{ redirectUrl: string }>;
  /** Tokens without the dance, for tests and benches that are not about OAuth. */
  issueTokens(input: {
    address: string;
    clientId?: string;
    scopes?: string[];
  }): Promise<IssuedTokens>;
  revokeGrant(input: { address: string; clientId?: string }): Promise<void>;
  changePassword(input: { address: string }): Promise<void>;
  setRefreshFailure(input: { address: string; failure: RefreshFailure | null }): Promise<void>;
  expireAccessTokens(input?: { address?: string }): Promise<void>;
  liveRefreshTokens(input: { address: string }): Promise<number>;

  setQuota(input: Partial<QuotaOptions>): Promise<QuotaOptions>;
  quotaCounts(): Promise<QuotaCount[]>;
  setLimits(input: Partial<GmailLimits>): Promise<GmailLimits>;

  addSubscription(input: PushSubscription): Promise<void>;
  clearSubscriptions(): Promise<void>;
  setPush(input: Partial<PushBehaviour>): Promise<PushBehaviour>;
  pushDeliveries(): Promise<PushDelivery[]>;
  watches(): Promise<Watch[]>;

  armFault(input: FaultRule): Promise<{ id: string }>;
  clearFaults(input?: { id?: string }): Promise<void>;
  seedFaults(input: { seed: string | number }): Promise<void>;
  setLatency(input: { rules: LatencyRule[] }): Promise<void>;

  accessLog(input?: AccessFilter): Promise<AccessEntry[]>;
  accessCounts(): Promise<MethodCount[]>;
  /** Empties log, counts, quota counters and the list of deliveries; budgets stay spent. */
  clearLog(): Promise<void>;

  seedDemo(input?: DemoOptions): Promise<DemoMailboxResult>;
  /** Into an account of either provider, made for `provider` (default google) when it is new. */
  seedBulk(
    input: BulkOptions & { address: string; provider?: 'google' | 'microsoft' },
  ): Promise<BulkMailboxResult>;
}

/** Every method by name, for the HTTP side; a missing or stray one does not compile. */
const NAMES: Record<keyof EmulatorControl, true> = {
  ...GRAPH_NAMES,
  now: true,
  advanceClock: true,
  createAccount: true,
  deleteAccount: true,
  listAccounts: true,
  setAccountSettings: true,
  setAliases: true,
  addMessage: true,
  listMessages: true,
  rawMessage: true,
  modifyLabels: true,
  trash: true,
  untrash: true,
  markSpam: true,
  markNotSpam: true,
  deleteMessage: true,
  saveDraft: true,
  sendDraft: true,
  listLabels: true,
  createLabel: true,
  renameLabel: true,
  deleteLabel: true,
  forgetHistory: true,
  registerClient: true,
  setAccessTokenLife: true,
  consent: true,
  issueTokens: true,
  revokeGrant: true,
  changePassword: true,
  setRefreshFailure: true,
  expireAccessTokens: true,
  liveRefreshTokens: true,
  setQuota: true,
  quotaCounts: true,
  setLimits: true,
  addSubscription: true,
  clearSubscriptions: true,
  setPush: true,
  pushDeliveries: true,
  watches: true,
  armFault: true,
  clearFaults: true,
  seedFaults: true,
  setLatency: true,
  accessLog: true,
  accessCounts: true,
  clearLog: true,
  seedDemo: true,
  seedBulk: true,
};

export const CONTROL_METHODS = Object.keys(NAMES) as (keyof EmulatorControl)[];
