import type { AccessLog } from '../../shared/access-log.ts';
import type { Clock } from '../../shared/clock.ts';
import type { MailboxChange } from '../../shared/mailbox/message.ts';
import { Random } from '../../shared/random.ts';
import { deliver, type PushDelivery } from './delivery.ts';

export interface Watch {
  projectId: string;
  address: string;
  topic: string;
  labelIds: string[];
  /** true: notify about everything but the labels. */
  exclude: boolean;
  /** Epoch ms. */
  expiration: number;
}

export interface PushSubscription {
  /** `projects/P/subscriptions/S` */
  name: string;
  topic: string;
  endpoint: string;
  /** `aud` of the bearer token; default the endpoint. */
  audience?: string;
  serviceAccountEmail?: string;
}

export interface PushBehaviour {
  /** Events of one user closer than this are dropped (documented: one a second). */
  minIntervalMs: number;
  /** Chance that a message is sent twice, with the same message id. */
  duplicate: number;
  /** Chance that a message is lost for good. */
  drop: number;
  /** Wait before each delivery. */
  delayMs: number;
  /** Adds up to this much random delay, which reorders. */
  jitterMs: number;
  /** First wait after a refused delivery; doubles up to maxBackoffMs. */
  minBackoffMs: number;
  maxBackoffMs: number;
  /** Deliveries of one message before it is given up. */
  maxAttempts: number;
  /** How historyId is written; both were seen. */
  historyIdAs: 'string' | 'number' | 'mixed';
}

/** Backoff is shorter than Pub/Sub's own 10 to 600 s, so that a test sees a redelivery. */
const DEFAULT_PUSH: PushBehaviour = {
  minIntervalMs: 1000,
  duplicate: 0,
  drop: 0,
  delayMs: 0,
  jitterMs: 0,
  minBackoffMs: 200,
  maxBackoffMs: 5_000,
  maxAttempts: 20,
  historyIdAs: 'mixed',
};

/** Gmail's side (watches, one event a second) and Pub/Sub's side (push with retries) together. */
export class PubSub {
  behaviour: PushBehaviour = { ...DEFAULT_PUSH };
  subscriptions: PushSubscription[] = [];
  readonly #clock: Clock;
  readonly #log: AccessLog;
  #random = new Random('pubsub');
  #watches = new Map<string, Watch>();
  #lastEvent = new Map<string, number>();
  #deliveries: PushDelivery[] = [];
  #stop = new AbortController();
  #nextId = 1;

  constructor(clock: Clock, log: AccessLog) {
    this.#clock = clock;
    this.#log = log;
  }

  watchOf(projectId: string, address: string, now: number): Watch | null {
    const watch = this.#watches.get(`${projectId} ${address}`);
    return watch && watch.expiration > now ? watch : null;
  }

  setWatch(watch: Watch): void {
    this.#watches.set(`${watch.projectId} ${watch.address}`, watch);
  }

  clearWatch(projectId: string, address: string): void {
    this.#watches.delete(`${projectId} ${address}`);
  }

  watches(): Watch[] {
    return [...this.#watches.values()];
  }

  /** Tells every live watch on the mailbox whose filter lets the change through. */
  onChange(address: string, change: MailboxChange): void {
    const now = this.#clock.now();
    for (const watch of this.#watches.values()) {
      if (watch.address !== address || watch.expiration <= now || !passes(watch, change)) continue;
      // The surplus is dropped, not queued: whoever relies on push alone misses the last change.
      const key = `${watch.projectId} ${address}`;
      const last = this.#lastEvent.get(key) ?? Number.NEGATIVE_INFINITY;
      if (now - last < this.behaviour.minIntervalMs) continue;
      this.#lastEvent.set(key, now);
      this.publish(watch.topic, address, change.historyId);
    }
  }

  publish(topic: string, address: string, historyId: number): void {
    for (const subscription of this.subscriptions) {
      if (subscription.topic !== topic) continue;
      if (this.#random.chance(this.behaviour.drop)) continue;
      const delivery: PushDelivery = {
        messageId: String(10_000_000_000 + this.#nextId++),
        subscription: subscription.name,
        endpoint: subscription.endpoint,
        address,
        historyId,
        attempts: 0,
        status: 'pending',
        lastStatus: null,
        publishedAtMs: this.#clock.now(),
      };
      this.#deliveries.push(delivery);
      const copies = this.#random.chance(this.behaviour.duplicate) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) this.#send(subscription, delivery);
    }
  }

  deliveries(): PushDelivery[] {
    return this.#deliveries.map((delivery) => ({ ...delivery }));
  }

  clearDeliveries(): void {
    this.#deliveries = [];
  }

  close(): void {
    this.#stop.abort();
  }

  #send(subscription: PushSubscription, delivery: PushDelivery): void {
    const asNumber =
      this.behaviour.historyIdAs === 'number' ||
      (this.behaviour.historyIdAs === 'mixed' && this.#nextId % 2 === 0);
    void deliver({
      subscription,
      delivery,
      data: {
        emailAddress: delivery.address,
        historyId: asNumber ? delivery.historyId : String(delivery.historyId),
      },
      behaviour: this.behaviour,
      initialDelayMs: this.behaviour.delayMs + this.#random.int(this.behaviour.jitterMs + 1),
      signal: this.#stop.signal,
      clock: this.#clock,
      log: this.#log,
    });
  }
}

const passes = (watch: Watch, change: MailboxChange): boolean => {
  if (watch.labelIds.length === 0) return true;
  const touched = [...change.labels, ...change.changed];
  return watch.labelIds.some((id) => touched.includes(id)) !== watch.exclude;
};
