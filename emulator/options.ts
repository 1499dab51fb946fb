import type { NewAccount } from './control/contract.ts';
import type { GmailLimits } from './google/context.ts';
import type { QuotaOptions } from './google/gmail/quota.ts';
import type { OAuthClient } from './google/oauth/store.ts';
import type { PushBehaviour, PushSubscription } from './google/push/pubsub.ts';

/** All optional: an emulator without options is an empty Google with one OAuth client. */
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
}

export const DEFAULT_CLIENT_ID = 'emulator-client.apps.googleusercontent.com';
