import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callsAfter, provenAfter } from '../../bench/after-answer.ts';
import { type RunningPostgres, startPostgres } from '../../stack/postgres.ts';
import { type RunningTemporal, startTemporal } from '../../stack/temporal.ts';
import {
  type MailProviderName,
  PROVIDERS,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
  untilSettled,
} from '../support/product.ts';

/** Servers of our own: the run's shared ones are not ours to kill. */
let postgres: RunningPostgres;
let temporal: RunningTemporal;
let directory: string;
let test: TestProduct;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sambandh-e2e-'));
  [postgres, temporal] = await Promise.all([
    startPostgres({ durable: true }),
    startTemporal({ ui: false, dbFilename: join(directory, 'temporal.db') }),
  ]);
  test = await startTestProduct({
    postgresUrl: postgres.url,
    temporalAddress: temporal.address,
    env: { GMAIL_BATCH_SIZE: '10' },
  });
  await test.emulator.setPush({ minIntervalMs: 0 });
}, 90_000);
afterAll(async () => {
  await test?.[Symbol.asyncDispose]();
  await Promise.all([postgres?.stop(), temporal?.stop()]);
  await rm(directory, { recursive: true, force: true });
});

const busy = async (provider: MailProviderName) => {
  const person = await test.person(undefined, undefined, { provider });
  const { contacts, matchingIds } = await test.emulator.seedBulk({
    address: person.address,
    messages: 500,
    matching: 300,
    // So few that Outlook is asked for them page by page, and not for several at once.
    contacts: 15,
    days: 80,
  });
  await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
  const inboxId = await person.connect();
  const stored = async (): Promise<string[]> => await storedIds(test, inboxId);
  const reach = (count: number) =>
    until(`${count} stored`, async () => (await stored()).length >= count, {
      timeoutMs: 60_000,
      patient: true,
    });
  const from = contacts[0]?.addresses[0] ?? '';
  return { person, inboxId, matchingIds, stored, reach, from };
};

/** Both providers' mailboxes in the middle of a backfill. */
const bothBusy = async () => {
  await test.emulator.setLatency({
    rules: [
      { method: 'batch', ms: 100 },
      { method: 'graph.messages.search', ms: 500 },
    ],
  });
  return await Promise.all(PROVIDERS.map(busy));
};

const quick = () => test.emulator.setLatency({ rules: [] });

const apiAnswers = () =>
  until(
    'the API ready again',
    async () => (await fetch(new URL('/readyz', test.product.apiUrl))).ok,
    { patient: true, timeoutMs: 60_000 },
  );

describe('servers that go away', () => {
  it('I1 I2 Postgres restarted, then killed, in the middle of a backfill', async () => {
    const both = await bothBusy();
    await Promise.all(both.map(({ reach }) => reach(40)));
    await postgres.restart();
    await Promise.all(both.map(({ reach }) => reach(110)));
    await postgres.kill();
    const meanwhile = await Promise.all(
      both.map(({ person, from }) => person.add({ from, subject: 'while Postgres is away' })),
    );
    for (const { person, inboxId } of both) {
      const down = await person.api.send('GET', `/api/v1/inboxes/${inboxId}`);
      expect(down.status).toBeGreaterThanOrEqual(500);
      expect(down.body).toMatchObject({ type: expect.stringContaining('/problems/') });
    }
    await postgres.restart();
    await apiAnswers();
    await quick();
    for (const [i, { person, inboxId, matchingIds, reach, stored }] of both.entries()) {
      const { receipt } = await person.untilBackfilled(inboxId, 'initial', { timeoutMs: 60_000 });
      await reach(matchingIds.length + 1);
      expect((await stored()).sort()).toEqual([...matchingIds, meanwhile[i]?.id].sort());
      expect(receipt).toMatchObject({ missing: 0, failed: 0 });
      expect((await person.inbox(inboxId)).status).toBe('connected');
    }
  }, 150_000);

  it('I1 I2 Temporal killed and restarted in the middle of a backfill', async () => {
    const both = await bothBusy();
    await Promise.all(both.map(({ reach }) => reach(40)));
    await temporal.kill();
    const meanwhile = await Promise.all(
      both.map(({ person, from }) => person.add({ from, subject: 'while Temporal is away' })),
    );
    // What is in Postgres can be read all the same.
    for (const { person, inboxId } of both) {
      expect((await person.inbox(inboxId)).status).toBe('connected');
    }
    await temporal.restart();
    await quick();
    for (const [i, { person, inboxId, matchingIds, reach, stored }] of both.entries()) {
      await person.untilBackfilled(inboxId, 'initial', { timeoutMs: 90_000 });
      await reach(matchingIds.length + 1);
      expect((await stored()).sort()).toEqual([...matchingIds, meanwhile[i]?.id].sort());
    }
  }, 150_000);

  it('I1 the API killed between commit and dispatch: the sweeper tells Temporal', async () => {
    await quick();
    const person = await test.person();
    await person.putContacts({ bob: ['bob@contact.example'] });
    const { id } = await person.add({ from: 'bob@contact.example', subject: 'at last' });
    await temporal.kill();
    const inboxId = await person.connect();
    await test.killApi();
    const untold = () => test.sql('select from workflow_commands where inbox_id = $1', [inboxId]);
    expect(await untold()).toHaveLength(1);
    await temporal.restart();
    await test.startApi();
    await person.untilOnTimeline('bob', 'at last', 60_000);
    await until('the command told', async () => (await untold()).length === 0);
    expect(await storedIds(test, inboxId)).toEqual([id]);
  }, 120_000);

  it('P9 I4 disconnect is complete while Temporal is away, and ends the workflow when it is back', async () => {
    const both = await bothBusy();
    await Promise.all(both.map(({ reach }) => reach(30)));
    await temporal.kill();
    await Promise.all(both.map(({ person, inboxId }) => person.disconnect(inboxId)));
    const { provenMs } = await provenAfter(test.emulator);
    const before = await Promise.all(both.map(({ stored }) => stored()));
    await quick();
    await temporal.restart();
    for (const [i, { person, inboxId, stored }] of both.entries()) {
      await until(
        'the workflow ended',
        async () => {
          const handle = test.temporal.workflow.getHandle(`inbox/${inboxId}`);
          return (await handle.describe()).status.name !== 'RUNNING';
        },
        { patient: true, timeoutMs: 60_000 },
      );
      expect(await stored()).toEqual(before[i]);
      expect(await callsAfter(test.emulator, person.address, provenMs)).toEqual([]);
      await person.reconnect(inboxId);
      await untilSettled(test, inboxId);
      const all = await stored();
      expect(new Set(all).size).toBe(all.length);
      expect(all.length).toBe(300);
    }
  }, 150_000);
});
