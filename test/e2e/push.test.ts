import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Person,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
} from '../support/product.ts';

describe('push alone, without the timer’s help', () => {
  let test: TestProduct;
  let ann: Person;
  let inboxId: string;

  beforeAll(async () => {
    test = await startTestProduct({
      env: {
        POLL_INTERVAL_MS: '600000',
        POLL_INTERVAL_WITH_PUSH_MS: '600000',
        SEARCH_LAG_RECHECK_MS: '600000',
      },
    });
    ann = await test.person('ann');
    await ann.putContacts({ bob: ['bob@contact.example'] });
    inboxId = await ann.connectAndBackfill();
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  const burst = (name: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        ann.add({ from: 'bob@contact.example', subject: `${name} ${i}` }),
      ),
    );

  it('I2 pushes that come twice, late and in the wrong order store each message once', async () => {
    await test.emulator.setPush({ minIntervalMs: 0, duplicate: 1, jitterMs: 400 });
    const added = await burst('shaken', 40);
    await until('all of them stored', async () => (await storedIds(test, inboxId)).length >= 40);
    await until('every push answered', async () =>
      (await test.emulator.pushDeliveries()).every(({ status }) => status === 'acknowledged'),
    );
    expect((await storedIds(test, inboxId)).sort()).toEqual(added.map(({ id }) => id).sort());
    expect(await ann.timeline('bob')).toHaveLength(40);
    const full = await test.calls({ mailbox: ann.address, format: 'full' });
    expect(full).toHaveLength(40);
    await test.emulator.setPush({ duplicate: 0, jitterMs: 0 });
  });

  it('B10 a storm of pushes costs a few syncs, not one each', async () => {
    const before = await test.calls({ method: 'gmail.users.history.list' });
    const storm = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        ann.add({ from: 'eve@stranger.test', subject: `storm ${i}` }),
      ),
    );
    await until('the last one judged', async () => {
      const rows = await test.sql('select from verdicts where provider_message_id = any($1)', [
        storm.map(({ id }) => id),
      ]);
      return rows.length === 60;
    });
    const after = await test.calls({ method: 'gmail.users.history.list' });
    expect(after.length - before.length).toBeLessThan(30);
  });

  // Gmail sends one notification a second and drops the surplus; the timer is hours away.
  it('P1 the second mail of one second is on the timeline within seconds too', async () => {
    await ann.add({ from: 'bob@contact.example', subject: 'announced' });
    await test.emulator.setPush({ minIntervalMs: 60_000 });
    await ann.untilOnTimeline('bob', 'announced');
    await ann.add({ from: 'bob@contact.example', subject: 'unannounced' });
    await ann.untilOnTimeline('bob', 'unannounced', 10_000);
  });
});

describe('without push', () => {
  let test: TestProduct;

  beforeAll(async () => {
    test = await startTestProduct();
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  it('P1 B9 pushes that never come: the timer finds the mail, from every tick', async () => {
    await test.emulator.setPush({ drop: 1 });
    const person = await test.person();
    await person.putContacts({ bob: ['bob@contact.example'] });
    const inboxId = await person.connectAndBackfill();
    for (const turn of [1, 2, 3]) {
      await person.add({ from: 'bob@contact.example', subject: `polled ${turn}` });
      await person.untilOnTimeline('bob', `polled ${turn}`);
    }
    expect(await storedIds(test, inboxId)).toHaveLength(3);
    expect((await person.inbox(inboxId)).gaps).toEqual([]);
    await test.emulator.setPush({ drop: 0 });
  });

  it('I2 pushes answered late by a busy API are delivered again and change nothing', async () => {
    await test.emulator.setPush({ minIntervalMs: 0 });
    const person = await test.person();
    await person.putContacts({ bob: ['bob@contact.example'] });
    const inboxId = await person.connectAndBackfill();
    await test.killApi();
    const added = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        person.add({ from: 'bob@contact.example', subject: `no api ${i}` }),
      ),
    );
    await test.startApi();
    await person.untilOnTimeline('bob', 'no api 9');
    await until('all', async () => (await storedIds(test, inboxId)).length === 10);
    expect((await storedIds(test, inboxId)).sort()).toEqual(added.map(({ id }) => id).sort());
    await until('every push answered', async () =>
      (await test.emulator.pushDeliveries())
        .filter(({ address }) => address === person.address)
        .every(({ status }) => status === 'acknowledged'),
    );
    expect(await storedIds(test, inboxId)).toHaveLength(10);
  });
});
