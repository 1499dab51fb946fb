import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Person,
  PROVIDERS,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
} from '../support/product.ts';

describe('push alone, without the timer’s help', () => {
  let test: TestProduct;

  beforeAll(async () => {
    test = await startTestProduct({
      env: {
        POLL_INTERVAL_MS: '600000',
        POLL_INTERVAL_WITH_PUSH_MS: '600000',
        SEARCH_LAG_RECHECK_MS: '600000',
      },
    });
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  describe.each(PROVIDERS)('%s', (provider) => {
    let ann: Person;
    let inboxId: string;
    beforeAll(async () => {
      ann = await test.person(`ann-${provider}`, undefined, { provider });
      await ann.putContacts({ bob: ['bob@contact.example'] });
      inboxId = await ann.connectAndBackfill();
    });

    const burst = (from: string, name: string, count: number) =>
      Promise.all(
        Array.from({ length: count }, (_, i) => ann.add({ from, subject: `${name} ${i}` })),
      );

    it('I2 pushes that come twice, late and in the wrong order store each message once', async () => {
      await ann.mailbox.troublePushes({ duplicate: 1, jitterMs: 400 });
      const added = await burst('bob@contact.example', 'shaken', 40);
      await until('all of them stored', async () => (await storedIds(test, inboxId)).length >= 40);
      await until('every push answered', () => ann.mailbox.pushesAnswered());
      expect((await storedIds(test, inboxId)).sort()).toEqual(added.map(({ id }) => id).sort());
      expect(await ann.timeline('bob')).toHaveLength(40);
      const full = await test.calls({ mailbox: ann.address, format: 'full' });
      expect(full).toHaveLength(40);
      await ann.mailbox.troublePushes({});
    });

    it('B10 a storm of pushes costs a few syncs, not one each', async () => {
      const looks = async () => (await test.calls({ method: ann.mailbox.calls.look })).length;
      const before = await looks();
      const storm = await burst('eve@stranger.test', 'storm', 60);
      await until('the last one judged', async () => {
        const rows = await test.sql('select from verdicts where provider_message_id = any($1)', [
          storm.map(({ id }) => id),
        ]);
        return rows.length === 60;
      });
      expect((await looks()) - before).toBeLessThan(30);
    });

    // Gmail sends one notification a second and drops the surplus; the timer is hours away.
    it('P1 the second mail of one second is on the timeline within seconds too', async () => {
      await ann.add({ from: 'bob@contact.example', subject: 'announced' });
      await ann.mailbox.troublePushes({ drop: 1 });
      await ann.untilOnTimeline('bob', 'announced');
      await ann.add({ from: 'bob@contact.example', subject: 'unannounced' });
      await ann.untilOnTimeline('bob', 'unannounced', 10_000);
      await ann.mailbox.troublePushes({});
    });
  });

  describe('Outlook’s lifecycle notifications', () => {
    const subscriptionOf = async ({ address }: Person) =>
      (await test.emulator.graphSubscriptions()).find((one) => one.address === address);
    const watched = async (name: string) => {
      const person = await test.person(name, undefined, { provider: 'outlook' });
      await person.putContacts({ bob: ['bob@contact.example'] });
      await person.connectAndBackfill();
      const subscription = await until('the subscription', () => subscriptionOf(person));
      return { person, subscriptionId: subscription.id, expiresAtMs: subscription.expiresAtMs };
    };

    it('B9 missed: what was not told of is on the timeline', async () => {
      const { person, subscriptionId } = await watched('missed');
      await person.mailbox.troublePushes({ drop: 1 });
      await person.add({ from: 'bob@contact.example', subject: 'never told of' });
      await test.emulator.sendLifecycle({ subscriptionId, event: 'missed' });
      await person.untilOnTimeline('bob', 'never told of');
      await person.mailbox.troublePushes({});
    });

    it('B9 subscriptionRemoved: another one is made, and what came between is there', async () => {
      const { person, subscriptionId } = await watched('removed');
      await person.mailbox.troublePushes({ drop: 1 });
      await person.add({ from: 'bob@contact.example', subject: 'between' });
      await test.emulator.sendLifecycle({ subscriptionId, event: 'subscriptionRemoved' });
      await person.untilOnTimeline('bob', 'between');
      const next = await until('the next one', () => subscriptionOf(person));
      expect(next.id).not.toBe(subscriptionId);
      await person.mailbox.troublePushes({});
      await person.add({ from: 'bob@contact.example', subject: 'by the new one' });
      await person.untilOnTimeline('bob', 'by the new one');
    });

    it('P1 reauthorizationRequired: the same one is renewed, and goes on telling', async () => {
      const { person, subscriptionId, expiresAtMs } = await watched('reauthorize');
      await test.emulator.sendLifecycle({ subscriptionId, event: 'reauthorizationRequired' });
      await until('renewed', async () => {
        const now = await subscriptionOf(person);
        return now?.id === subscriptionId && now.expiresAtMs > expiresAtMs;
      });
      await person.add({ from: 'bob@contact.example', subject: 'after it' });
      await person.untilOnTimeline('bob', 'after it');
    });
  });
});

describe('without push', () => {
  let test: TestProduct;

  beforeAll(async () => {
    test = await startTestProduct();
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  describe.each(PROVIDERS)('%s', (provider) => {
    const somebody = async () => {
      const person = await test.person(undefined, undefined, { provider });
      await person.putContacts({ bob: ['bob@contact.example'] });
      return person;
    };

    it('P1 B9 pushes that never come: the timer finds the mail, from every tick', async () => {
      const person = await somebody();
      await person.mailbox.troublePushes({ drop: 1 });
      const inboxId = await person.connectAndBackfill();
      for (const turn of [1, 2, 3]) {
        await person.add({ from: 'bob@contact.example', subject: `polled ${turn}` });
        await person.untilOnTimeline('bob', `polled ${turn}`);
      }
      expect(await storedIds(test, inboxId)).toHaveLength(3);
      expect((await person.inbox(inboxId)).gaps).toEqual([]);
      await person.mailbox.troublePushes({});
    });

    it('I2 pushes answered late by a busy API are delivered again and change nothing', async () => {
      const person = await somebody();
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
      await until('every push answered', () => person.mailbox.pushesAnswered());
      expect(await storedIds(test, inboxId)).toHaveLength(10);
    });
  });
});
