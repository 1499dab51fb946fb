import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessLog } from '../../shared/access-log.ts';
import type { Clock } from '../../shared/clock.ts';
import { Random } from '../../shared/random.ts';
import { GraphError, invalidRequest } from '../errors.ts';
import { matchesFilter } from '../query/message-filter.ts';
import type { OutlookIds } from '../store/ids.ts';
import type { OutlookEvent } from '../store/outlook.ts';
import { deliver } from './delivery.ts';
import {
  DEFAULT_NOTIFICATIONS,
  type LifecycleEvent,
  type NotificationBehaviour,
  type NotificationDelivery,
  type Subscription,
} from './subscription.ts';

type Item = Record<string, unknown>;

interface Queue {
  url: string;
  kind: NotificationDelivery['kind'];
  address: string;
  items: { subscription: Subscription; item: Item }[];
}

/** Subscriptions, and the POSTs that tell of changes and of the subscriptions' own fate. */
export class Notifications {
  behaviour: NotificationBehaviour = { ...DEFAULT_NOTIFICATIONS };
  readonly #clock: Clock;
  readonly #log: AccessLog;
  #random = new Random('notifications');
  #subscriptions = new Map<string, Subscription>();
  #queues = new Map<string, Queue>();
  #deliveries: NotificationDelivery[] = [];
  #stop = new AbortController();

  constructor(clock: Clock, log: AccessLog) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Living ones only: an expired subscription is as good as deleted. */
  find(id: string): Subscription | undefined {
    const found = this.#subscriptions.get(id);
    return found && found.expiresAtMs > this.#clock.now() ? found : undefined;
  }

  all(): Subscription[] {
    return [...this.#subscriptions.keys()].flatMap((id) => this.find(id) ?? []);
  }

  of(address: string, appId: string): Subscription[] {
    return this.all().filter((one) => one.address === address && one.appId === appId);
  }

  /** @throws GraphError 409 for a second one of the same kind, 403 for one too many */
  checkNew(wanted: Omit<Subscription, 'id'>): void {
    const mine = this.all().filter(({ address }) => address === wanted.address);
    const twin = mine.find(
      ({ appId, resource, changeType }) =>
        appId === wanted.appId && resource === wanted.resource && changeType === wanted.changeType,
    );
    if (twin) {
      const message = `Subscription Id ${twin.id} already exists for the requested combination`;
      throw new GraphError(409, 'Conflict', message);
    }
    if (mine.length >= this.behaviour.maxPerMailbox) {
      const message = 'The maximum number of subscriptions for this mailbox has been reached.';
      throw new GraphError(403, 'TooManySubscriptions', message);
    }
  }

  add(wanted: Omit<Subscription, 'id'>): Subscription {
    const subscription = { ...wanted, id: randomUUID() };
    this.#subscriptions.set(subscription.id, subscription);
    return subscription;
  }

  remove(id: string): void {
    this.#subscriptions.delete(id);
  }

  /** @throws GraphError unless the address answers with the token it was sent, in time */
  async handshake(url: string): Promise<void> {
    const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()}`;
    const target = new URL(url);
    target.searchParams.set('validationToken', token);
    let problem = 'Notification endpoint must respond with 200 OK to validation request.';
    try {
      const response = await fetch(target, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        redirect: 'manual',
        signal: AbortSignal.any([
          this.#stop.signal,
          AbortSignal.timeout(this.behaviour.handshakeMs),
        ]),
      });
      const text = await response.text();
      const plain = response.headers.get('content-type')?.startsWith('text/plain') ?? false;
      if (response.status === 200 && plain && text === token) return;
      if (response.status === 200) {
        problem = 'Notification endpoint must respond with validationToken in plain text.';
      }
    } catch {
      problem = 'The request timed out or the endpoint could not be reached.';
    }
    throw invalidRequest(`Subscription validation request failed. ${problem}`);
  }

  onEvent(address: string, ids: OutlookIds, event: OutlookEvent): void {
    for (const subscription of this.all()) {
      if (subscription.address !== address) continue;
      const type = typeFor(subscription, event);
      if (type === null || !subscription.changeTypes.includes(type)) continue;
      const { filter } = subscription;
      if (filter !== null && !matchesFilter(event.item, filter)) continue;
      if (this.#random.chance(this.behaviour.drop)) continue;
      const { id } = event.item.message;
      const shown = subscription.immutableIds ? id : ids.rest(id, event.moves);
      const copies = this.#random.chance(this.behaviour.duplicate) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        this.#queue(
          'change',
          subscription,
          changeItem(subscription, type, shown, event.item.changes),
        );
      }
    }
  }

  /** Tells the lifecycle address, if there is one. A removal removes. */
  lifecycle(subscription: Subscription, event: LifecycleEvent): void {
    if (event === 'subscriptionRemoved') this.remove(subscription.id);
    if (subscription.lifecycleNotificationUrl === null) return;
    this.#queue('lifecycle', subscription, lifecycleItem(subscription, event));
  }

  deliveries(): NotificationDelivery[] {
    return this.#deliveries.map((one) => ({ ...one }));
  }

  clearDeliveries(): void {
    this.#deliveries = [];
  }

  close(): void {
    this.#stop.abort();
  }

  #queue(kind: Queue['kind'], subscription: Subscription, item: Item): void {
    const { notificationUrl, lifecycleNotificationUrl, address } = subscription;
    const url = kind === 'change' ? notificationUrl : (lifecycleNotificationUrl ?? notificationUrl);
    const key = `${kind} ${url}`;
    const waiting = this.#queues.get(key);
    if (waiting) {
      waiting.items.push({ subscription, item });
      return;
    }
    this.#queues.set(key, { url, kind, address, items: [{ subscription, item }] });
    const { gatherMs, delayMs, jitterMs } = this.behaviour;
    void this.#sendLater(key, gatherMs, delayMs + this.#random.int(jitterMs + 1));
  }

  async #sendLater(key: string, gatherMs: number, delayMs: number): Promise<void> {
    const { signal } = this.#stop;
    const gathered = await sleep(gatherMs, true, { signal, ref: false }).catch(() => false);
    const queue = this.#queues.get(key);
    this.#queues.delete(key);
    if (!gathered || !queue) return;
    const delivery: NotificationDelivery = {
      id: randomUUID(),
      url: queue.url,
      kind: queue.kind,
      address: queue.address,
      subscriptionIds: [...new Set(queue.items.map(({ subscription }) => subscription.id))],
      items: queue.items.length,
      attempts: 0,
      status: 'pending',
      lastStatus: null,
      atMs: this.#clock.now(),
    };
    this.#deliveries.push(delivery);
    await deliver({
      delivery,
      body: JSON.stringify({ value: queue.items.map(({ item }) => item) }),
      behaviour: this.behaviour,
      initialDelayMs: delayMs,
      signal,
      clock: this.#clock,
      log: this.#log,
    });
    const { missedAfterGivingUp } = this.behaviour;
    if (delivery.status !== 'abandoned' || queue.kind !== 'change' || !missedAfterGivingUp) return;
    for (const one of new Set(queue.items.map(({ subscription }) => subscription))) {
      if (this.find(one.id)) this.lifecycle(one, 'missed');
    }
  }
}

/**
 * What a subscription calls the event; null when it does not concern it. A move within a mailbox
 * that is watched whole is an update under immutable ids, and two events under ordinary ones.
 */
const typeFor = (
  { folderId, immutableIds }: Subscription,
  { type, folder, move }: OutlookEvent,
): string | null => {
  if (folderId !== null) return folder.id === folderId ? type : null;
  if (!move || !immutableIds) return type;
  return type === 'created' ? 'updated' : null;
};

const changeItem = (one: Subscription, changeType: string, id: string, changes: number): Item => {
  const resource = `Users/${one.person.oid}/Messages/${id}`;
  return {
    subscriptionId: one.id,
    subscriptionExpirationDateTime: new Date(one.expiresAtMs).toISOString(),
    changeType,
    resource,
    resourceData: {
      '@odata.type': '#Microsoft.Graph.Message',
      '@odata.id': resource,
      '@odata.etag': `W/"CQAAABYAAAA${changes.toString(36).padStart(5, '0')}"`,
      id,
    },
    clientState: one.clientState,
    // As seen of a consumer mailbox (microsoft-graph-docs#3055).
    tenantId: one.person.kind === 'personal' ? '' : one.person.tenantId,
  };
};

/** With `organizationId` instead of `tenantId`, as real ones were seen (msgraph-sdk-java#1551). */
const lifecycleItem = (one: Subscription, lifecycleEvent: LifecycleEvent): Item => ({
  subscriptionId: one.id,
  subscriptionExpirationDateTime: new Date(one.expiresAtMs).toISOString(),
  organizationId: one.person.tenantId,
  clientState: one.clientState,
  lifecycleEvent,
});
