import { afterAll, beforeAll, expect, test } from 'vitest';
import { turnSendingOff } from '../../../db/outgoing-store.ts';
import { SendingOffError, throughFence } from '../../../session/call-gate.ts';
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
