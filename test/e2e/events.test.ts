import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventSchema } from '../../api/openapi/webhooks.ts';
import type { EventType } from '../../domain/event.ts';
import { type EventReceiver, startEventReceiver } from '../support/event-receiver.ts';
import { type Person, startTestProduct, type TestProduct, until } from '../support/product.ts';

let test: TestProduct;
let receiver: EventReceiver;
let ann: Person;
let endpointId: string;

beforeAll(async () => {
  test = await startTestProduct();
  await test.emulator.setPush({ minIntervalMs: 0 });
  receiver = await startEventReceiver();
  ann = await test.person('ann', 'acme', { roles: ['admin'] });
  const created = await ann.api.post<{ id: string; secret: string }>('/api/v1/event-endpoints', {
    url: receiver.url,
    types: [
      ...['message.synced', 'backfill.completed', 'backfill.failed', 'inbox.needs_reconnect'],
      ...['inbox.disconnected', 'history.deleted'],
    ],
  });
  endpointId = created.id;
  receiver.secret = created.secret;
});
afterAll(async () => {
  await receiver?.[Symbol.asyncDispose]();
  await test?.[Symbol.asyncDispose]();
});

/** What has been delivered of an inbox, each event once, in order of its first arrival. */
const toldOf = (inboxId: string) => {
  const firsts = new Map<string, (typeof receiver.accepted)[number]>();
  for (const event of receiver.accepted) {
    if (event.data.inboxId === inboxId && !firsts.has(event.id)) firsts.set(event.id, event);
  }
  return [...firsts.values()];
};

const untilTold = (inboxId: string, type: string, count = 1) =>
  until(
    `${count} × ${type}`,
    async () => toldOf(inboxId).filter((event) => event.type === type).length >= count,
    { timeoutMs: 90_000, seen: () => toldOf(inboxId).map((event) => event.type) },
  );

const isInOrder = (inboxId: string): boolean => {
  const order = toldOf(inboxId).map(({ data }) => data.sequence);
  return order.every((sequence, i) => i === 0 || sequence > (order[i - 1] ?? 0));
};

describe('events out', () => {
  it('I1 every stored message is told, in order, through failures and a killed worker', async () => {
    const seeded = await test.emulator.seedBulk({
      address: ann.address,
      ...{ messages: 150, matching: 120, contacts: 10, days: 80 },
    });
    await ann.putContacts(
      Object.fromEntries(seeded.contacts.map((one) => [one.id, one.addresses])),
    );
    receiver.answer = (n) => (n % 3 === 0 ? 503 : n % 31 === 0 ? null : 200);
    const inboxId = await ann.connect();
    await untilTold(inboxId, 'message.synced', 40);
    await test.killWorker();
    await untilTold(inboxId, 'message.synced', seeded.matchingIds.length);
    await untilTold(inboxId, 'backfill.completed');
    const told = toldOf(inboxId).filter(({ type }) => type === 'message.synced');
    const stored = await test.sql<{ id: string }>('select id from messages where inbox_id = $1', [
      inboxId,
    ]);
    expect(told.map(({ data }) => data.messageId).sort()).toEqual(
      stored.map(({ id }) => id).sort(),
    );
    expect(isInOrder(inboxId)).toBe(true);
  }, 180_000);

  it('what is told is what the API’s document says', () => {
    for (const { type, timestamp, data } of receiver.attempts) {
      const known = eventSchema(type as EventType);
      expect(known.safeParse({ type, timestamp, data }).error).toBeUndefined();
    }
  });

  it('I6 what is told names no address and no word of the mail', () => {
    const text = JSON.stringify(receiver.attempts.map(({ headers: _, ...event }) => event));
    expect(text).not.toMatch(/@|brightwater/);
  });

  it('P9 P10 a disconnect and a deletion are told, after what came before them', async () => {
    receiver.answer = () => 200;
    const [inbox] = (await ann.api.get<{ inboxes: { id: string }[] }>('/api/v1/inboxes')).inboxes;
    const inboxId = inbox?.id ?? '';
    await ann.disconnect(inboxId);
    await untilTold(inboxId, 'inbox.disconnected');
    await ann.api.post(`/api/v1/inboxes/${inboxId}/delete-history`, { confirm: 'delete' });
    await untilTold(inboxId, 'history.deleted');
    expect(isInOrder(inboxId)).toBe(true);
    const left = await test.sql(`select type from event_deliveries where type = 'message.synced'`);
    expect(left).toEqual([]);
  });

  it('a lost grant of a colleague is told, by ids alone', async () => {
    const bob = await test.person('bob', 'acme');
    const inboxId = await bob.connectAndBackfill();
    await test.emulator.revokeGrant({ address: bob.address });
    await bob.untilStatus(inboxId, 'needs_reconnect');
    await untilTold(inboxId, 'inbox.needs_reconnect');
    const told = toldOf(inboxId).find(({ type }) => type === 'inbox.needs_reconnect');
    expect(told?.data).toMatchObject({ userId: 'acme/bob', reason: 'revoked' });
  }, 90_000);

  it('the history of deliveries is short, whatever their number', async () => {
    const { historyLength } = await test.temporal.workflow
      .getHandle(`endpoint/${endpointId}`)
      .describe();
    expect(historyLength).toBeLessThan(100);
  });
});
