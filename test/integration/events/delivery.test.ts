import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Mail } from '../../../activities/mailer.ts';
import { notifyEndpointDisabled } from '../../../activities/notify-endpoint-disabled.ts';
import type { Attempt } from '../../../db/database.ts';
import { replayDeliveries } from '../../../db/delivery-store.ts';
import {
  disableEndpoint,
  dueEndpoints,
  enableEndpoint,
  getEndpoint,
  updateEndpoint,
} from '../../../db/endpoint-store.ts';
import { commitMessages } from '../../../db/message-store.ts';
import { startDeletion } from '../../../db/start-deletion.ts';
import { readDataKey } from '../../../vault/data-keys.ts';
import { sealTarget } from '../../../vault/endpoint-seals.ts';
import { sealMessage } from '../../../vault/message-seals.ts';
import { createSecret } from '../../../webhooks/sign.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import {
  type EventReceiver,
  startEventReceiver,
  startShyReceiver,
} from '../../support/event-receiver.ts';
import { ALICE, BOB, connect, keys, stored } from '../db/fixtures.ts';
import { ADMIN, addEndpoint, deliver, deliveriesOf, depsOf } from './support.ts';

let database: TestDatabase;
let receiver: EventReceiver;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.[Symbol.asyncDispose]());
beforeEach(async () => {
  receiver = await startEventReceiver();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await receiver[Symbol.asyncDispose]();
  await database.sql('delete from event_endpoints');
});

const newInbox = (user = ALICE): Promise<Attempt> =>
  connect(database, user, { mailbox: `${randomUUID()}@acme.example` });

/** Messages of today with this subject, sealed as the worker seals them. */
const store = (inbox: Attempt, ...subjects: string[]): Promise<unknown> =>
  database.worker.asConnectedInbox(inbox, async (tx) => {
    const key = await readDataKey(tx, keys, tx.inbox);
    const rows = subjects.map((subject, i) => {
      const row = stored(randomUUID(), { receivedAt: Date.now() + i });
      const message = row.message as NonNullable<typeof row.message>;
      const ref = { orgId: tx.inbox.orgId, inboxId: tx.inbox.id, messageId: message.id };
      const sealed = sealMessage(key, ref, {
        providerMessageId: row.providerMessageId,
        providerThreadId: 'thread',
        state: 'mail',
        labelIds: [],
        receivedAt: Date.now(),
        participants: [{ role: 'from', name: 'Carol', address: 'carol@customer.example' }],
        rfcMessageId: null,
        ...{ subject, snippet: 'a snippet', text: `text of ${subject}`, html: null },
        ...{ attachments: [], inReplyTo: null, references: [], defects: [] },
      });
      return { ...row, message: { ...message, ...sealed } };
    });
    await commitMessages(tx, tx.inbox, rows);
  });

const states = async (endpointId: string): Promise<string[]> =>
  (await deliveriesOf(database, endpointId)).map(({ state }) => state);

describe('deliveries', () => {
  it('arrive signed, in order of the inbox, and once when all is well', async () => {
    const { id, secret } = await addEndpoint(database, { url: receiver.url });
    receiver.secret = secret;
    const [one, two] = [await newInbox(), await newInbox()];
    await store(one, 'a', 'b', 'c');
    await store(two, 'd', 'e');
    expect(await deliver(depsOf(database), id)).toEqual({
      done: true,
      delivered: 5,
      notify: false,
    });
    expect(await states(id)).toEqual(Array(5).fill('delivered'));
    expect(receiver.accepted).toHaveLength(5);
    for (const inbox of [one, two]) {
      const got = receiver.accepted.filter(({ data }) => data.inboxId === inbox.inboxId);
      const sequence = got.map(({ data }) => data.sequence);
      expect(sequence).toEqual(sequence.toSorted((a, b) => a - b));
    }
    const [first] = receiver.accepted;
    expect(first).toMatchObject({
      type: 'message.synced',
      data: { userId: 'alice', direction: 'inbound', contactIds: ['c1'] },
    });
    expect(JSON.stringify(receiver.accepted)).not.toMatch(/carol|text of|snippet/);
    expect(await deliver(depsOf(database), id)).toMatchObject({ delivered: 0 });
  });

  it('are tried again under the same id, and nothing of the inbox overtakes them', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url });
    const inbox = await newInbox();
    await store(inbox, ...Array.from({ length: 20 }, (_, i) => `m${i}`));
    receiver.answer = (n) => (n % 3 === 0 ? (n % 2 ? 500 : null) : 200);
    const turn = await deliver(depsOf(database), id);
    expect(turn).toMatchObject({ done: true, delivered: 20 });
    const accepted = receiver.accepted.map(({ data }) => data.sequence);
    expect(accepted).toEqual([...new Set(accepted)].toSorted((a, b) => a - b));
    const failed = receiver.attempts.filter(({ status }) => status === 500 || status === 0);
    expect(failed.length).toBeGreaterThan(5);
    for (const { id: eventId } of failed) {
      expect(receiver.accepted.filter((event) => event.id === eventId)).toHaveLength(1);
    }
  });

  it('that fail wait for their time, in no workflow; the others go', async () => {
    const slow = { ...depsOf(database).settings, EVENTS_RETRY_FIRST_MS: 60_000 };
    const deps = depsOf(database, { settings: slow });
    const { id } = await addEndpoint(database, { url: receiver.url });
    const [ailing, healthy] = [await newInbox(), await newInbox()];
    await store(ailing, 'first', 'second');
    await store(healthy, 'third');
    const due = async () => await database.api.asNobody(dueEndpoints);
    expect(await due()).toEqual([id]);
    const [first] = await deliveriesOf(database, id);
    let fails = true;
    receiver.answer = (_n, { inboxId }) => (fails && inboxId === ailing.inboxId ? 503 : 200);
    await deliver(deps, id);
    const rows = await deliveriesOf(database, id);
    expect(rows[0]).toMatchObject({ event_id: first?.event_id, state: 'pending', attempts: 1 });
    expect(rows.filter(({ attempts }) => attempts > 0).length).toBe(2);
    expect(await due()).toEqual([]);
    await database.sql(`update event_deliveries set due_at = now() where seq = any(array(
      select min(seq) from event_deliveries where state = 'pending'))`);
    expect(await due()).toEqual([id]);
    fails = false;
    expect(await deliver(deps, id)).toMatchObject({ delivered: 2 });
  });

  it('are given up after a day, let the next one go, and can be replayed', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url });
    await store(await newInbox(), 'old', 'new');
    await database.sql(
      `update event_deliveries set expires_at = now() where seq = any(array(
      select min(seq) from event_deliveries where endpoint_id = $1))`,
      [id],
    );
    receiver.answer = (n) => (n === 1 ? 500 : 200);
    await deliver(depsOf(database), id);
    expect(await states(id)).toEqual(['failed', 'delivered']);
    const [failed] = await deliveriesOf(database, id);
    expect(failed).toMatchObject({ last_status: 500, last_failure: null });
    expect(await database.api.asUser(ADMIN, (tx) => replayDeliveries(tx, id))).toBe(1);
    await deliver(depsOf(database), id);
    expect(await states(id)).toEqual(['delivered', 'delivered']);
    expect(receiver.accepted.at(-1)?.id).toBe(failed?.event_id);
    const again = failed?.event_id ?? '';
    expect(await database.api.asUser(ADMIN, (tx) => replayDeliveries(tx, id, again))).toBe(1);
  });

  it('two attempts at once deliver nothing out of order', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url });
    await store(await newInbox(), ...Array.from({ length: 30 }, (_, i) => `m${i}`));
    receiver.answer = () => new Promise((resolve) => setTimeout(() => resolve(200), 3));
    const deps = depsOf(database);
    await Promise.all([deliver(deps, id), deliver(deps, id), deliver(deps, id)]);
    expect(await states(id)).toEqual(Array(30).fill('delivered'));
    const firsts = [...new Map(receiver.attempts.map(({ id: key, data }) => [key, data.sequence]))];
    const order = firsts.map(([, sequence]) => sequence);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });

  it('are signed by both secrets while one takes over from the other', async () => {
    const [fresh, old, ended] = [createSecret(), createSecret(), createSecret()];
    const secrets = [
      { secret: fresh, endsAt: null },
      { secret: old, endsAt: Date.now() + 60_000 },
      { secret: ended, endsAt: Date.now() - 1 },
    ];
    const { id } = await addEndpoint(database, { url: receiver.url, secrets });
    const inbox = await newInbox();
    for (const secret of [fresh, old]) {
      receiver.secret = secret;
      await store(inbox, 'signed');
      await deliver(depsOf(database), id);
    }
    expect(receiver.attempts.map(({ status }) => status)).toEqual([204, 204]);
    expect(receiver.attempts[0]?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
  });
});

describe('P3 content', () => {
  it('is told when asked for, of the inboxes of whoever registered the endpoint alone', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url, content: true });
    await store(await newInbox(ALICE), 'hers');
    await store(await newInbox(BOB), 'his');
    await deliver(depsOf(database), id);
    const byUser = new Map(receiver.accepted.map(({ data }) => [data.userId, data.content]));
    expect(byUser.get('alice')).toEqual({
      subject: 'hers',
      snippet: 'a snippet',
      participants: [{ role: 'from', name: 'Carol', address: 'carol@customer.example' }],
      text: 'text of hers',
    });
    expect(byUser.get('bob')).toBeNull();
    expect(JSON.stringify(receiver.accepted)).not.toContain('his');
  });

  it('I7 of a deleted history is not told, nor that its messages were there', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url, content: true });
    const inbox = await newInbox();
    await store(inbox, 'gone');
    await database.api.asUser(ALICE, (tx) => startDeletion(tx, inbox.inboxId));
    await deliver(depsOf(database), id);
    expect(receiver.attempts).toEqual([]);
    expect(await states(id)).toEqual(['dropped']);
  });

  it('I7 is opened only when it goes: nothing follows what is on the wire when history is deleted', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url, content: true });
    const inbox = await newInbox();
    await store(inbox, 'on the wire', 'behind it', 'and behind that');
    receiver.answer = async () => {
      await database.api.asUser(ALICE, (tx) => startDeletion(tx, inbox.inboxId));
      return 204;
    };
    await deliver(depsOf(database), id);
    expect(receiver.attempts.map(({ data }) => data.content)).toMatchObject([
      { subject: 'on the wire' },
    ]);
    expect(await states(id)).toEqual(['delivered', 'dropped', 'dropped']);
  });

  it('I7 of a history that is deleted while the receiver connects is not told', async () => {
    // The certificate of the fixtures names nobody.
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    await using shy = await startShyReceiver();
    const { id } = await addEndpoint(database, { url: shy.url, content: true });
    const [gone, kept] = [await newInbox(), await newInbox()];
    await store(gone, 'gone');
    await store(kept, 'kept');
    const turn = deliver(depsOf(database), id);
    await vi.waitUntil(() => shy.connecting() === 2, { timeout: 30_000, interval: 10 });
    await database.api.asUser(ALICE, (tx) => startDeletion(tx, gone.inboxId));
    shy.shakeHands();
    expect(await turn).toMatchObject({ done: true, delivered: 1 });
    expect(shy.arrived.map((body) => JSON.parse(body).data.content.subject)).toEqual(['kept']);
    expect((await states(id)).toSorted()).toEqual(['delivered', 'dropped']);
  });

  it('I7 is put on the connection before a deletion can answer', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url, content: true });
    const inbox = await newInbox();
    await store(inbox, 'opened');
    const [unwrapping, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const inboxKeys: typeof keys.inboxKeys = Object.create(keys.inboxKeys);
    inboxKeys.unwrap = async (...sealed) => {
      unwrapping.resolve();
      await goOn.promise;
      return await keys.inboxKeys.unwrap(...sealed);
    };
    const turn = deliver(depsOf(database, { keyRing: { ...keys, inboxKeys } }), id);
    await unwrapping.promise;
    const deletion = database.api.asUser(ALICE, (tx) => startDeletion(tx, inbox.inboxId));
    await vi.waitUntil(async () => (await database.waiting()) > 0, {
      timeout: 30_000,
      interval: 10,
    });
    goOn.resolve();
    await deletion;
    await turn;
    expect(receiver.attempts.map(({ data }) => data.content)).toMatchObject([
      { subject: 'opened' },
    ]);
  });

  it('is null where the key of the inbox does not open; the other inboxes are told with theirs', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url, content: true });
    const lost = [
      ['master', `master_key_id = 'lost'`],
      ['secret', 'key_id = gen_random_uuid()'],
      ['seal', `wrapped_key = '\\x00'`],
    ] as const;
    const sick: string[] = [];
    for (const [subject, change] of lost) {
      const inbox = await newInbox();
      await store(inbox, subject);
      await database.sql(`update inbox_keys set ${change} where inbox_id = $1`, [inbox.inboxId]);
      sick.push(inbox.inboxId);
    }
    await store(await newInbox(), 'healthy');
    expect(await deliver(depsOf(database), id)).toMatchObject({ done: true, delivered: 4 });
    for (const { data } of receiver.accepted) {
      const content = sick.includes(data.inboxId) ? null : { subject: 'healthy' };
      expect(data).toMatchObject({ contactIds: ['c1'], content });
    }
  });

  it('I7 whose key is gone is not told, nor that its message was there', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url, content: true });
    const inbox = await newInbox();
    await store(inbox, 'gone');
    await database.sql('delete from inbox_keys where inbox_id = $1', [inbox.inboxId]);
    await deliver(depsOf(database), id);
    expect(receiver.attempts).toEqual([]);
    expect(await states(id)).toEqual(['dropped']);
  });

  it('is left out from the event after its owner has turned it off; moved, it goes to the new address', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url, content: true });
    await using moved = await startEventReceiver();
    await store(await newInbox(), 'first', 'second', 'third');
    const change = (content: boolean, url: string, secret: string) =>
      database.api.asUser(ADMIN, async (tx) => {
        const endpoint = await getEndpoint(tx, id, { lock: true });
        if (!endpoint) throw new Error('no endpoint');
        const secrets = [{ secret, endsAt: null }];
        const target = { url, secrets, notifyAddress: null };
        const { types } = endpoint;
        const wish = { types, content, ...sealTarget(keys.masters, endpoint, target) };
        await updateEndpoint(tx, id, wish);
      });
    receiver.answer = async (n) => {
      const secret = createSecret();
      await change(false, n === 1 ? receiver.url : moved.url, secret);
      [receiver.secret, moved.secret] = [secret, secret];
      return 204;
    };
    expect(await deliver(depsOf(database), id)).toMatchObject({ delivered: 3 });
    expect(receiver.attempts.map(({ status }) => status)).toEqual([204, 204]);
    expect(receiver.attempts[0]?.data.content).toMatchObject({ subject: 'first' });
    expect(receiver.attempts[1]?.data).not.toHaveProperty('content');
    expect(moved.attempts.map(({ status }) => status)).toEqual([204]);
  });

  it('I6 lies in no column: neither of events nor of endpoints', async () => {
    const { id, secret } = await addEndpoint(database, { url: receiver.url, content: true });
    await store(await newInbox(), 'secret subject');
    await deliver(depsOf(database), id);
    const rows = await database.sql(
      'select to_jsonb(e) as e, to_jsonb(d) as d from event_endpoints e, event_deliveries d',
    );
    const text = JSON.stringify(rows);
    for (const word of ['secret subject', 'carol', new URL(receiver.url).port, secret, 'alice@']) {
      expect(text).not.toContain(word);
    }
  });
});

describe('an endpoint', () => {
  it('that fails for days is disabled, and its owner mailed once', async () => {
    const mails: Mail[] = [];
    const mailer = { send: async (mail: Mail) => void mails.push(mail) };
    const deps = depsOf(database, { mailer });
    const { id } = await addEndpoint(database, { url: receiver.url });
    await store(await newInbox(), 'a', 'b');
    receiver.answer = () => 500;
    await database.sql(`update event_endpoints set failing_since = now() - interval '6 days'`);
    expect(await deliver(deps, id)).toEqual({ done: true, delivered: 0, notify: true });
    expect(await states(id)).toEqual(['failed', 'failed']);
    await notifyEndpointDisabled(deps, { endpointId: id });
    await notifyEndpointDisabled(deps, { endpointId: id });
    expect(mails.map(({ to }) => to)).toEqual(['alice@acme.example']);
    expect(await deliver(deps, id)).toMatchObject({ notify: false });
    receiver.answer = () => 200;
    await database.api.asUser(ADMIN, async (tx) => {
      await enableEndpoint(tx, id);
      await replayDeliveries(tx, id);
    });
    expect(await deliver(deps, id)).toMatchObject({ delivered: 2 });
  });

  it('that answers 410 is disabled at once', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url });
    await store(await newInbox(), 'a', 'b');
    receiver.answer = () => 410;
    expect(await deliver(depsOf(database), id)).toMatchObject({ notify: true });
    expect(receiver.attempts).toHaveLength(1);
  });

  it('that answers 410 to eight inboxes at once is disabled, and nothing waits for the other', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url });
    for (let n = 0; n < 8; n += 1) await store(await newInbox(), 'a');
    const { promise: allAsked, resolve } = Promise.withResolvers<number>();
    receiver.answer = (n) => {
      if (n === 8) resolve(410);
      return allAsked;
    };
    expect(await deliver(depsOf(database), id)).toMatchObject({ done: true, notify: true });
    expect(receiver.attempts).toHaveLength(8);
    expect(await states(id)).toEqual(Array(8).fill('failed'));
  });

  it('that succeeds in between is not failing since then', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url });
    await database.sql(`update event_endpoints set failing_since = now() - interval '6 days'`);
    await store(await newInbox(), 'a');
    await deliver(depsOf(database), id);
    const rows = await database.sql('select failing_since, state from event_endpoints');
    expect(rows).toEqual([{ failing_since: null, state: 'active' }]);
  });

  it('that its owner has disabled is told nothing more', async () => {
    const { id } = await addEndpoint(database, { url: receiver.url });
    const inbox = await newInbox();
    await store(inbox, 'a');
    await database.api.asUser(ADMIN, (tx) => disableEndpoint(tx, id, 'asked'));
    await store(inbox, 'b');
    expect(await deliver(depsOf(database), id)).toEqual({
      done: true,
      delivered: 0,
      notify: false,
    });
    expect(await states(id)).toEqual(['failed']);
  });

  it('may lie in private networks only where that is allowed', async () => {
    const settings = { ...depsOf(database).settings, EVENTS_ALLOW_PRIVATE_URLS: false };
    const { id } = await addEndpoint(database, { url: receiver.url });
    await store(await newInbox(), 'a');
    await database.sql('update event_deliveries set expires_at = now()');
    await deliver(depsOf(database, { settings }), id);
    expect((await deliveriesOf(database, id))[0]?.last_failure).toBe('PRIVATE_ADDRESS');
    expect(receiver.attempts).toEqual([]);
  });
});
