import type { GraphLimits, OutlookSettings } from '../graph/context.ts';
import type { ConsentPolicy, Tenant } from '../graph/entra/directory.ts';
import type { AadstsFailure } from '../graph/entra/errors.ts';
import type { EntraApp } from '../graph/entra/store.ts';
import type {
  LifecycleEvent,
  NotificationBehaviour,
  NotificationDelivery,
  Subscription,
} from '../graph/push/subscription.ts';
import type { GraphQuotaCount, GraphQuotaOptions } from '../graph/quota.ts';
import type { Locale } from '../graph/store/folder-names.ts';
import type { DeltaExpiry } from '../graph/store/folders.ts';

export interface NewOutlookAccount {
  /** Main address of the mailbox. */
  address: string;
  displayName?: string;
  /** Default work; its tenant is that of the address's domain. */
  kind?: 'work' | 'personal';
  /** Default: the address. */
  userPrincipalName?: string;
  aliases?: string[];
  /** May consent for the whole tenant. */
  isAdmin?: boolean;
  /** Language of the folders' names; default English. */
  locale?: Locale;
  /** Well-known folders the mailbox does not have; default clutter. */
  missingFolders?: string[];
  /** Paths of folders: `Clients/Acme`. */
  folders?: string[];
  settings?: Partial<OutlookSettings>;
}

export interface OutlookAccountView {
  address: string;
  displayName: string;
  kind: 'work' | 'personal';
  oid: string;
  tenantId: string;
  userPrincipalName: string;
  messages: number;
  settings: OutlookSettings;
}

export interface FolderView {
  id: string;
  path: string;
  displayName: string;
  parentId: string | null;
  wellKnown: string | null;
  isHidden: boolean;
  isSearch: boolean;
  messages: number;
}

export interface NewFolder {
  address: string;
  /** Names from the top, missing ones are made: `Clients/Acme`. */
  path: string;
  isHidden?: boolean;
  /** A search folder over other folders. */
  search?: { filterQuery: string; sources: string[] };
}

export interface SignInInput {
  /** What the product would redirect the browser to: authorize or adminconsent. */
  url: string;
  address: string;
  /** Default accept. `return`: back to the app from the admin-consent wall. */
  action?: 'accept' | 'cancel' | 'return';
}

export interface IssuedGraphTokens {
  access_token: string;
  refresh_token: string;
  scope: string;
  expires_in: number;
}

export interface EntraSettings {
  /** Seconds; default 3599. */
  accessTokenLifeS: number;
  /** Seconds an exchanged refresh token goes on working; default 3600. */
  oldRefreshTokenLifeS: number;
  /** Whether scopes come back as asked or always as `https://graph.microsoft.com/Mail.Read`. */
  scopesAs: 'asked' | 'prefixed';
}

export interface TenantInput {
  /** Any address of the tenant. */
  address: string;
  consentPolicy?: ConsentPolicy;
  /** What the app is told when a user turns back at the wall; default access_denied, 65004. */
  wall?: { error: string; code: number };
}

type InFolder = { address: string; folder: string };
type One = { address: string; id: string };

/** The part of the control that is about Microsoft. Message ids are the immutable ones. */
export interface GraphControl {
  createOutlookAccount(input: NewOutlookAccount): Promise<OutlookAccountView>;
  listOutlookAccounts(): Promise<OutlookAccountView[]>;
  setOutlookSettings(
    input: { address: string } & Partial<OutlookSettings>,
  ): Promise<OutlookAccountView>;

  listFolders(input: { address: string }): Promise<FolderView[]>;
  createFolder(input: NewFolder): Promise<FolderView>;
  renameFolder(input: InFolder & { name: string }): Promise<FolderView>;
  /** Below another folder; `msgfolderroot` is the top. */
  moveFolder(input: InFolder & { parent: string }): Promise<FolderView>;
  hideFolder(input: InFolder & { isHidden: boolean }): Promise<FolderView>;
  /** Into Deleted Items, or for good: then its messages go without a row in any delta. */
  deleteFolder(input: InFolder & { permanently?: boolean }): Promise<void>;
  moveMessage(input: One & { folder: string }): Promise<void>;
  markRead(input: One & { read: boolean }): Promise<void>;
  setCategories(input: One & { categories: string[] }): Promise<void>;
  /** The ordinary id that a message has now. */
  ordinaryId(input: One): Promise<string>;
  /** Makes delta tokens too old, of one folder or of all and the folder delta too. */
  expireDelta(input: { address: string; folder?: string; answer?: DeltaExpiry }): Promise<void>;

  registerApp(input: Partial<EntraApp> & { clientId: string }): Promise<EntraApp>;
  setTenant(input: TenantInput): Promise<Tenant>;
  setEntra(input: Partial<EntraSettings>): Promise<EntraSettings>;
  /** Clicks through the pages. @returns the URL the browser is sent back to */
  signIn(input: SignInInput): Promise<{ redirectUrl: string }>;
  /** What an administrator does in the portal, without the pages. */
  grantAdminConsent(input: {
    address: string;
    clientId?: string;
    permissions?: string[];
  }): Promise<void>;
  /** Tokens without the dance. */
  issueGraphTokens(input: {
    address: string;
    clientId?: string;
    permissions?: string[];
  }): Promise<IssuedGraphTokens>;
  /** How every refresh is refused from now on, by the number in AADSTSnnn; null for not. */
  setSignInFailure(input: { address: string; failure: AadstsFailure | null }): Promise<void>;
  revokeSessions(input: { address: string }): Promise<void>;
  revokeConsent(input: { address: string; clientId?: string; admin?: boolean }): Promise<void>;
  /** Continuous access evaluation: tokens of before meet a claims challenge. */
  challengeTokens(input: { address: string }): Promise<void>;

  setGraphQuota(input: Partial<GraphQuotaOptions>): Promise<GraphQuotaOptions>;
  graphQuotaCounts(): Promise<GraphQuotaCount[]>;
  setGraphLimits(input: Partial<GraphLimits>): Promise<GraphLimits>;
  /** Where links in answers point; null for the emulator itself. */
  setGraphLinks(input: { base: string | null }): Promise<string>;

  setNotifications(input: Partial<NotificationBehaviour>): Promise<NotificationBehaviour>;
  notificationDeliveries(): Promise<NotificationDelivery[]>;
  graphSubscriptions(): Promise<Subscription[]>;
  sendLifecycle(input: { subscriptionId: string; event: LifecycleEvent }): Promise<void>;
}

/** Every method by name; a missing or stray one does not compile. */
export const GRAPH_NAMES: Record<keyof GraphControl, true> = {
  createOutlookAccount: true,
  listOutlookAccounts: true,
  setOutlookSettings: true,
  listFolders: true,
  createFolder: true,
  renameFolder: true,
  moveFolder: true,
  hideFolder: true,
  deleteFolder: true,
  moveMessage: true,
  markRead: true,
  setCategories: true,
  ordinaryId: true,
  expireDelta: true,
  registerApp: true,
  setTenant: true,
  setEntra: true,
  signIn: true,
  grantAdminConsent: true,
  issueGraphTokens: true,
  setSignInFailure: true,
  revokeSessions: true,
  revokeConsent: true,
  challengeTokens: true,
  setGraphQuota: true,
  graphQuotaCounts: true,
  setGraphLimits: true,
  setGraphLinks: true,
  setNotifications: true,
  notificationDeliveries: true,
  graphSubscriptions: true,
  sendLifecycle: true,
};
