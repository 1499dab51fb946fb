import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Person,
  PROVIDERS,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
  untilSettled,
} from '../support/product.ts';

let test: TestProduct;

beforeAll(async () => {
  test = await startTestProduct({
    env: {
      SEARCH_LAG_RECHECK_MS: '4000',
      // Long, so that what is found was announced, or due, and not met by chance.
      POLL_INTERVAL_WITH_PUSH_MS: '600000',
    },
  });
});
afterAll(() => test?.[Symbol.asyncDispose]());

/** Its one gap, once closed: by a listing that began no later than it and ended no sooner. */
const relistedGap = async (person: Person, inboxId: string) => {
  // A recheck may have brought the mail before the sync that opens the gap.
  await until('a gap', async () => (await person.inbox(inboxId)).gaps.length > 0);
  await untilSettled(test, inboxId);
  const { gaps } = await person.inbox(inboxId);
  expect(gaps).toHaveLength(1);
  const listings = await test.sql(
    `select from gaps g join backfills b on b.gap_id = g.id
     where g.inbox_id = $1 and b.state = 'completed' and b.finished_at <= g.closed_at
       and b.window_from <= g.from_at and b.window_to >= g.to_at`,
    [inboxId],
  );
  expect(listings.length).toBeGreaterThan(0);
  return gaps[0];
};

const missedMail = (person: Person, subject: string) =>
  person.add({ from: 'bob@contact.example', subject });

describe.each(PROVIDERS)('B9 gaps, %s', (provider) => {
  const somebody = () => test.person(undefined, undefined, { provider });
  const connected = async () => {
    const person = await somebody();
    await person.putContacts({ bob: ['bob@contact.example'] });
    await person.add({ from: 'bob@contact.example', subject: 'before' });
    return { person, inboxId: await person.connectAndBackfill() };
  };

  it('B9 an expired cursor opens a dated gap and closes it, nothing lost, nothing twice', async () => {
    const { person, inboxId } = await connected();
    const spam = await person.add({
      ...{ from: 'bob@contact.example', subject: 'was spam', labels: ['SPAM'] },
      internalDate: Date.now() - 30 * 86_400_000,
    });
    await until('told of spam', () => person.mailbox.pushesAnswered());
    await person.mailbox.troublePushes({ drop: 1 });
    await test.emulator.markNotSpam({ address: person.address, id: spam.id });
    const missed = [
      await missedMail(person, 'unannounced 1'),
      await missedMail(person, 'unannounced 2'),
    ];
    const stranger = await person.add({ from: 'eve@stranger.test', subject: 'stranger' });
    await person.mailbox.forgetCursors();
    await person.mailbox.troublePushes({});
    const last = await missedMail(person, 'announced');
    await person.untilOnTimeline('bob', 'announced');
    await untilSettled(test, inboxId);
    const stored = await storedIds(test, inboxId);
    expect(stored).toEqual(expect.arrayContaining([...missed, last].map(({ id }) => id)));
    expect(new Set(stored).size).toBe(stored.length);
    expect(stored).not.toContain(stranger.id);
    const gap = await relistedGap(person, inboxId);
    expect(gap).toMatchObject({ cause: 'cursor_expired', closedAt: expect.any(String) });
    expect(Date.parse(gap?.from ?? '')).toBeLessThan(Date.parse(gap?.to ?? ''));
    expect((await person.subjects('bob')).sort()).toEqual(
      ['announced', 'before', 'unannounced 1', 'unannounced 2', 'was spam'].sort(),
    );
    await missedMail(person, 'live again');
    await person.untilOnTimeline('bob', 'live again');
    expect((await person.inbox(inboxId)).gaps).toHaveLength(1);
  }, 60_000);

  it('I1 what search did not know yet is found by the recheck, in time and without a mail', async () => {
    const person = await somebody();
    await person.putContacts({ bob: ['bob@contact.example'] });
    await person.mailbox.setSearchLag(10_000);
    const { id } = await missedMail(person, 'not in the index yet');
    const inboxId = await person.connectAndBackfill();
    expect(await storedIds(test, inboxId)).toEqual([]);
    // In time for the index, which a busy machine may not be by itself.
    const later = "due_at = now() + interval '10 seconds'";
    await test.sql(`update backfills set ${later} where inbox_id = $1 and kind = 'recheck'`, [
      inboxId,
    ]);
    await person.untilOnTimeline('bob', 'not in the index yet', 30_000);
    expect(await storedIds(test, inboxId)).toEqual([id]);
    const mails = test.smtp.messages().filter(({ to }) => to.includes(person.address));
    expect(mails).toHaveLength(1);
  }, 90_000);

  it('B9 downtime of the worker: what came meanwhile is there when it is back', async () => {
    const { person, inboxId } = await connected();
    await test.stopWorker();
    const missed = await Promise.all(
      Array.from({ length: 15 }, (_, i) => missedMail(person, `downtime ${i}`)),
    );
    await test.startWorker();
    await person.untilOnTimeline('bob', 'downtime 14');
    await untilSettled(test, inboxId);
    const stored = await storedIds(test, inboxId);
    expect(stored).toEqual(expect.arrayContaining(missed.map(({ id }) => id)));
    expect(stored).toHaveLength(16);
    expect((await person.inbox(inboxId)).gaps).toEqual([]);
  }, 40_000);

  it('B9 a downtime longer than any poll is a gap from the last sync on', async () => {
    const { person, inboxId } = await connected();
    await test.stopWorker();
    const { id } = await missedMail(person, 'while nobody looked');
    const [cursor] = await test.sql<{ synced_at: Date }>(
      `update sync_cursors set synced_at = now() - interval '3 hours' where inbox_id = $1
       returning synced_at`,
      [inboxId],
    );
    await test.startWorker();
    await person.untilOnTimeline('bob', 'while nobody looked');
    const gap = await relistedGap(person, inboxId);
    expect(gap).toMatchObject({ cause: 'downtime', from: cursor?.synced_at.toISOString() });
    expect(await storedIds(test, inboxId)).toContain(id);
  }, 60_000);

  it('B9 what a look finds although push has not told of it is a gap', async () => {
    // From before the connect on: the watch's own first push would bring what is to be missed.
    await (await somebody()).mailbox.troublePushes({ drop: 1 });
    const { person, inboxId } = await connected();
    await test.sql(
      "update sync_cursors set pushed_at = now() - interval '5 minutes' where inbox_id = $1",
      [inboxId],
    );
    const { id } = await missedMail(person, 'never announced');
    const wakes = { bob: ['bob@contact.example'], ann: ['ann@contact.example'] };
    await person.putContacts(wakes);
    await person.untilOnTimeline('bob', 'never announced');
    await person.mailbox.troublePushes({});
    const gap = await relistedGap(person, inboxId);
    expect(gap).toMatchObject({ cause: 'missed_notification', closedAt: expect.any(String) });
    expect(await storedIds(test, inboxId)).toContain(id);
  }, 60_000);

  describe('in each scope', () => {
    const old = { from: 'bob@contact.example', internalDate: Date.now() - 30 * 86_400_000 };
    /** What enters the scope of an inbox later, and how. */
    interface Late {
      person: Person;
      inboxId: string;
      subject: string;
      enter: () => Promise<void>;
      live: Parameters<Person['add']>[0];
    }
    let both: Late[];
    beforeAll(async () => {
      const { person, inboxId } = await connected();
      const spam = await person.add({ ...old, subject: 'was spam', labels: ['SPAM'] });
      const enter = () => test.emulator.markNotSpam({ address: person.address, id: spam.id });
      const inContacts = { person, inboxId, subject: 'was spam', enter, live: {} };

      const other = await somebody();
      await other.putContacts({ bob: ['bob@contact.example'] });
      const place = await other.mailbox.createPlace('Customers');
      const { id } = await other.add({ ...old, subject: 'put there' });
      both = [
        inContacts,
        {
          person: other,
          inboxId: await other.connectAndBackfill({ scope: place.scope }),
          subject: 'put there',
          enter: () => place.put(id),
          live: place.at,
        },
      ];
    });

    it('I8 a refusal that lasts opens no gap and does not spin, and no place is called gone', async ({
      onTestFinished,
    }) => {
      const preset = provider === 'gmail' ? 'notFound404' : 'gone410';
      const method = both[0]?.person.mailbox.calls.look ?? '';
      await test.emulator.clearLog();
      await test.emulator.armFault({ method, effect: { kind: 'preset', preset } });
      onTestFinished(() => test.emulator.clearFaults());
      for (const { person, live } of both) {
        await person.add({ from: 'bob@contact.example', subject: 'in the outage', ...live });
      }
      for (const { person, inboxId } of both) {
        // The stored cursor and a new one, and the same again after a pause.
        const refused = { mailbox: person.address, method };
        await until('two attempts', async () => (await test.calls(refused)).length >= 4);
        const { problem, gaps } = await person.inbox(inboxId);
        expect({ problem, gaps }).toEqual({ problem: null, gaps: [] });
        expect((await person.backfills(inboxId)).filter(({ kind }) => kind === 'gap')).toEqual([]);
      }
      await test.emulator.clearFaults();
      for (const { person } of both) await person.untilOnTimeline('bob', 'in the outage');
    }, 60_000);

    it('I1 old mail that enters the scope during a disconnect is caught up', async () => {
      for (const { person, inboxId } of both) await person.disconnect(inboxId);
      for (const { enter } of both) await enter();
      for (const { person, inboxId } of both) await person.reconnect(inboxId);
      for (const { person, inboxId, subject } of both) {
        // The end of the outage may have been taken for an expired cursor.
        await until('its gap closed', async () =>
          (await person.inbox(inboxId)).gaps.some(
            ({ cause, closedAt }) => cause === 'disconnected' && closedAt !== null,
          ),
        );
        expect(await person.subjects('bob')).toContain(subject);
      }
    }, 60_000);
  });
});
