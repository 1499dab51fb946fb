import type { Person } from '../entra/directory.ts';

/** One change notification subscription. */
export interface Subscription {
  id: string;
  resource: string;
  address: string;
  person: Person;
  appId: string;
  /** As asked: `created,updated`. */
  changeType: string;
  changeTypes: readonly string[];
  clientState: string | null;
  notificationUrl: string;
  lifecycleNotificationUrl: string | null;
  /** Epoch ms on the emulator's clock. */
  expiresAtMs: number;
  /** null: the whole mailbox. */
  folderId: string | null;
  filter: string | null;
  immutableIds: boolean;
}

export type LifecycleEvent = 'missed' | 'subscriptionRemoved' | 'reauthorizationRequired';

export interface NotificationBehaviour {
  /** Longest life of a subscription (documented: 10,080 minutes; 4,230 in older documents). */
  maxLifeMinutes: number;
  /** Subscriptions of one mailbox over all apps. */
  maxPerMailbox: number;
  /** Ms that the validation handshake waits. */
  handshakeMs: number;
  /** Ms within which a notification must be answered with 2xx. */
  answerMs: number;
  /** Notifications to one address within this many ms share a POST. */
  gatherMs: number;
  /** Wait before a delivery, and up to how much random delay on top, which reorders. */
  delayMs: number;
  jitterMs: number;
  /** Chance that a notification is sent twice. */
  duplicate: number;
  /** Chance that a notification is lost without a word. */
  drop: number;
  /** First wait after a refused delivery; doubles up to maxBackoffMs. */
  minBackoffMs: number;
  maxBackoffMs: number;
  /** Deliveries of one POST before it is given up. */
  maxAttempts: number;
  /** What was given up is told of by a `missed` on the lifecycle address. */
  missedAfterGivingUp: boolean;
}

/** Waits are far shorter than Graph's (seconds to minutes, retries up to 4 h). */
export const DEFAULT_NOTIFICATIONS: NotificationBehaviour = {
  maxLifeMinutes: 10_080,
  maxPerMailbox: 1_000,
  handshakeMs: 10_000,
  answerMs: 3_000,
  gatherMs: 10,
  delayMs: 0,
  jitterMs: 0,
  duplicate: 0,
  drop: 0,
  minBackoffMs: 200,
  maxBackoffMs: 5_000,
  maxAttempts: 10,
  missedAfterGivingUp: true,
};

/** One POST on its way to one address. */
export interface NotificationDelivery {
  id: string;
  url: string;
  kind: 'change' | 'lifecycle';
  address: string;
  subscriptionIds: string[];
  items: number;
  attempts: number;
  status: 'pending' | 'acknowledged' | 'abandoned';
  /** Status of the last answer; 0 when there was none. */
  lastStatus: number | null;
  /** Epoch ms on the emulator's clock. */
  atMs: number;
}
