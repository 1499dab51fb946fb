import type { NewAccount } from './control/contract.ts';
import type { NewOutlookAccount } from './control/graph-contract.ts';
import type { GmailLimits } from './google/context.ts';
import type { QuotaOptions } from './google/gmail/quota.ts';
import type { OAuthClient } from './google/oauth/store.ts';
import type { PushBehaviour, PushSubscription } from './google/push/pubsub.ts';
import type { GraphLimits } from './graph/context.ts';
import type { EntraApp } from './graph/entra/store.ts';
import type { NotificationBehaviour } from './graph/push/subscription.ts';
import type { GraphQuotaOptions } from './graph/quota.ts';

/** All optional: an emulator without options is an empty Google and an empty Microsoft. */
export interface EmulatorOptions {
  /** Default 0, a free port. Always on 127.0.0.1. */
  port?: number;
  /** Default one client `emulator-client` / `emulator-secret` with any loopback redirect URI. */
  clients?: (Partial<OAuthClient> & { clientId: string })[];
  accounts?: NewAccount[];
  quota?: Partial<QuotaOptions>;
  limits?: Partial<GmailLimits>;
  push?: Partial<PushBehaviour>;
  subscriptions?: PushSubscription[];
  /** Seconds; default 3599. */
  accessTokenLifeS?: number;
  /** Default one app `DEFAULT_APP_ID` / `emulator-secret` with any loopback redirect URI. */
  apps?: (Partial<EntraApp> & { clientId: string })[];
  outlookAccounts?: NewOutlookAccount[];
  graphQuota?: Partial<GraphQuotaOptions>;
  graphLimits?: Partial<GraphLimits>;
  notifications?: Partial<NotificationBehaviour>;
  /** Where links in Graph's answers point: default here, or `https://graph.microsoft.com`. */
  graphLinks?: string;
}

export const DEFAULT_CLIENT_ID = 'emulator-client.apps.googleusercontent.com';

export const DEFAULT_APP_ID = '3f0c2b1e-6a4d-4d0e-9a3b-5a6b1c0de001';
