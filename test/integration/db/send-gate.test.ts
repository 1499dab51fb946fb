import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelOutgoing, claimAttempt, turnSendingOff } from '../../../db/outgoing-store.ts';
import { attempt } from '../../../providers/attempt.ts';
import { ProviderUnavailableError, RateLimitedError } from '../../../providers/errors.ts';
import { sendOnce } from '../../../providers/http.ts';
import { createCallGate, SendingOffError, throughFence } from '../../../session/call-gate.ts';
import { CallSlots } from '../../../session/call-slots.ts';
import { NeverLeftError } from '../../../session/send-off.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, connect, gate } from './fixtures.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.[Symbol.asyncDispose]());

const SEND = { method: 'messages.send', units: 100, sends: true };

test('I11 a call that sends starts only where sending is turned on; others start all the same', async () => {
  const inbox = await connect(database);
  const fence = { database: database.worker, inbox, timeoutMs: 1_000 };
  const started: string[] = [];
  const call = (spec: typeof SEND) =>
    throughFence(fence, spec, async () => void started.push(spec.method));
  await expect(call(SEND)).rejects.toThrow(SendingOffError);
  await call({ ...SEND, method: 'messages.list', sends: false });
  await database.sql('update inboxes set sending = true where id = $1', [inbox.inboxId]);
  await call(SEND);
  expect(started).toEqual(['messages.list', 'messages.send']);
});

test('I11 turning off waits for a call that is leaving, and after it none leaves', async () => {
  const inbox = await connect(database, ALICE, { mailbox: 'second@acme.example' });
  await database.sql('update inboxes set sending = true where id = $1', [inbox.inboxId]);
  const fence = { database: database.worker, inbox, timeoutMs: 5_000 };
  const leaving = gate();
  const answered = gate();
  const call = throughFence(fence, SEND, () => {
    leaving.resolve();
    return answered.promise;
  });
  await leaving.promise;
  let off = false;
  const turning = database.api.asUser(ALICE, async (tx) => {
    off = await turnSendingOff(tx, inbox.inboxId);
  });
  while ((await database.waiting()) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(off).toBe(false);
  answered.resolve();
  await Promise.all([call, turning]);
  expect(off).toBe(true);
  await expect(throughFence(fence, SEND, async () => {})).rejects.toThrow(SendingOffError);
});

test('I11 of a claim and a cancellation at the same moment one finds the message waiting', async () => {
  const inbox = await connect(database, ALICE, { mailbox: 'fourth@acme.example' });
  for (let round = 0; round < 10; round += 1) {
    const id = randomUUID();
    await database.sql(
      `insert into outgoing_messages (id, inbox_id, idempotency_key, request_hash, state, content_ct,
         rfc_message_id) values ($1, $2, $3, 'h', 'queued', 'sealed', 'm')`,
      [id, inbox.inboxId, `key ${round}`],
    );
    const claim = () => database.worker.asConnectedInbox(inbox, (tx) => claimAttempt(tx, id));
    const cancel = () => database.api.asUser(ALICE, (tx) => cancelOutgoing(tx, inbox.inboxId, id));
    const both = round % 2 === 0 ? [claim(), cancel()] : [cancel(), claim()];
    const won = (await Promise.all(both)).filter((one) => one !== null && one !== false);
    expect(won).toHaveLength(1);
    expect([await claim(), await cancel()]).toEqual([null, false]);
  }
});

test('B10 what a mailbox sends within a minute is bounded, over all workers; reading is not', async () => {
  const inbox = await connect(database, ALICE, { mailbox: 'third@acme.example' });
  await database.sql('update inboxes set sending = true where id = $1', [inbox.inboxId]);
  const workers = [1, 2].map(() =>
    createCallGate({
      ...{ database: database.worker, inbox, timeoutMs: 1_000, provider: 'outlook' },
      ...{ mailboxHash: 'third', lane: 'user', slots: new CallSlots(database.worker) },
      quotas: { mailbox: 0, project: 0, windowMs: 60_000, atOnce: 0, sendsPerMinute: 3 },
      grant: { accessToken: async () => 'token', distrust: () => {} },
    }),
  );
  const left: number[] = [];
  const send = (n: number) => workers[n % 2]?.(SEND, async () => void left.push(n));
  for (const n of [1, 2, 3]) await send(n);
  const refused = await Promise.resolve(send(4)).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RateLimitedError);
  expect((refused as RateLimitedError).retryAfterMs).toBeGreaterThan(50_000);
  await workers[0]?.({ ...SEND, sends: false }, async () => {});
  expect(left).toEqual([1, 2, 3]);
});

test('a call that found no connection is known to have left nothing; one without an answer is not', async () => {
  const inbox = await connect(database, ALICE, { mailbox: 'fourth@acme.example' });
  const fence = { database: database.worker, inbox, timeoutMs: 5_000 };
  const call = (port: number) =>
    throughFence(fence, { ...SEND, sends: false }, (signal) =>
      attempt('send', signal, () =>
        sendOnce(`http://127.0.0.1:${port}`, { method: 'POST', body: 'x', signal }, 1_000),
      ),
    ).catch((error: unknown) => error);
  const listen = async (server: Server): Promise<number> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  let answers = true;
  const server = createServer((_, res) => {
    if (answers) res.setHeader('connection', 'close').end();
    else res.destroy();
  });
  const port = await listen(server);
  expect(await call(port)).toMatchObject({ status: 200 });
  answers = false;
  const lost = await call(port);
  expect(lost).toBeInstanceOf(ProviderUnavailableError);
  expect(lost).not.toBeInstanceOf(NeverLeftError);
  await new Promise((resolve) => server.close(resolve));
  expect(await call(port)).toBeInstanceOf(NeverLeftError);
  // Nothing was ever heard of this one: no news of a request proves nothing.
  const silent = createServer();
  const unknown = await listen(silent);
  await new Promise((resolve) => silent.close(resolve));
  expect(await call(unknown)).not.toBeInstanceOf(NeverLeftError);
});
