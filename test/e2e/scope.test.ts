import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UNKNOWN_PLACE } from '../support/mailbox.ts';
import {
  type Person,
  PROVIDERS,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
  untilSettled,
  verdictOf,
} from '../support/product.ts';

const DAY = 86_400_000;

let test: TestProduct;

beforeAll(async () => {
  test = await startTestProduct();
});
afterAll(() => test?.[Symbol.asyncDispose]());

interface Scopes {
  choices: { id: string; name: string }[];
}

/** All that is asked of a mailbox whose user has yet to choose, with the list to choose from. */
const READS_NO_MAIL = {
  gmail: [
    'gmail.users.getProfile',
    'gmail.users.labels.list',
    'gmail.users.settings.sendAs.list',
    'oauth.token',
  ],
  outlook: [
    'entra.token',
    'graph.batch',
    'graph.mailFolders.get',
    'graph.mailFolders.list',
    'graph.me.get',
  ],
} as const;

const fullReads = async (person: Person): Promise<string[]> =>
  (await test.calls({ mailbox: person.address, format: 'full' })).flatMap(
    ({ messageId }) => messageId ?? [],
  );

describe.each(PROVIDERS)('P6 scope, %s', (provider) => {
  const bob = { from: 'bob@contact.example' };

  /** A label or folder with a contact's mail and a stranger's, and a contact's mail outside of it. */
  const labelled = async () => {
    const person = await test.person(undefined, undefined, { provider });
    await person.putContacts({ bob: ['bob@contact.example'] });
    const place = await person.mailbox.createPlace('Customers');
    const old = { internalDate: Date.now() - 30 * DAY };
    const inside = await person.add({ ...bob, subject: 'inside', ...place.at, ...old });
    const outside = await person.add({ ...bob, subject: 'outside', ...old });
    const stranger = await person.add({
      from: 'eve@stranger.test',
      subject: 'stranger inside',
      ...place.at,
      ...old,
    });
    const { scope } = place;
    return { person, place, scope, inside: inside.id, outside: outside.id, stranger: stranger.id };
  };

  it('P6 I3 only mail with contacts in that place, and nothing else is read', async () => {
    const { person, place, scope, inside, outside } = await labelled();
    const inboxId = await person.connectAndBackfill({ scope });
    expect(await storedIds(test, inboxId)).toEqual([inside]);
    expect(await fullReads(person)).not.toContain(outside);
    const touched = await test.calls({ mailbox: person.address, messageId: outside });
    expect(touched).toEqual([]);
    expect((await person.inbox(inboxId)).scope).toEqual(scope);

    const live = await person.add({ ...bob, subject: 'live outside' });
    await person.add({ ...bob, subject: 'live inside', ...place.at });
    await person.untilOnTimeline('bob', 'live inside');
    expect(await test.calls({ mailbox: person.address, messageId: live.id })).toEqual([]);
    expect(await storedIds(test, inboxId)).not.toContain(live.id);
  });

  it('P6 old mail put there comes in; taken out, it stays on the timeline', async () => {
    const { person, place, scope, outside } = await labelled();
    const inboxId = await person.connectAndBackfill({ scope });
    await place.put(outside);
    await person.untilOnTimeline('bob', 'outside');
    await place.takeOut(outside);
    await person.add({ ...bob, subject: 'later', ...place.at });
    await person.untilOnTimeline('bob', 'later');
    expect(await person.subjects('bob')).toContain('outside');
    expect(await verdictOf(test, inboxId, outside)).toBe('stored');
  });

  it('B9 a place that was deleted is shown with what to do, and another scope closes the gap', async () => {
    const { person, place, scope, outside } = await labelled();
    const inboxId = await person.connectAndBackfill({ scope });
    await place.delete();
    await person.add({ ...bob, subject: 'unseen' });
    const troubled = await until('the problem', async () => {
      const inbox = await person.inbox(inboxId);
      return inbox.problem ? inbox : null;
    });
    expect(troubled.problem).toMatchObject({
      code: 'scope_gone',
      action: expect.stringContaining('Choose another'),
    });
    expect(troubled.statusWords).toMatch(/^Connected, but nothing is synced until you choose/);
    expect(troubled.gaps).toMatchObject([{ cause: 'scope_gone', closedAt: null }]);
    expect(troubled.gaps[0]?.words).toMatch(/^still to be caught up: /);
    await person.api.put(`/api/v1/inboxes/${inboxId}/scope`, { kind: 'contacts' });
    await untilSettled(test, inboxId);
    const mended = await person.inbox(inboxId);
    expect(mended.problem).toBeNull();
    expect(mended.gaps).toMatchObject([{ cause: 'scope_gone', closedAt: expect.any(String) }]);
    expect(await storedIds(test, inboxId)).toContain(outside);
    expect(await person.subjects('bob')).toContain('unseen');
  }, 60_000);

  it('P6 a renamed place stays the scope', async () => {
    const { person, place, scope } = await labelled();
    await person.connectAndBackfill({ scope });
    await place.rename('Clients');
    await person.add({ ...bob, subject: 'after the renaming', ...place.at });
    await person.untilOnTimeline('bob', 'after the renaming');
  });

  it('P6 widening fetches what was left out, narrowing deletes nothing', async () => {
    const { person, place, scope, inside, outside, stranger } = await labelled();
    const inboxId = await person.connectAndBackfill({ scope });
    const path = `/api/v1/inboxes/${inboxId}`;
    const { choices } = await person.api.get<Scopes>(`${path}/scopes`);
    expect(choices.map(({ id }) => id)).toContain(scope.labelId ?? scope.folderId);

    await person.api.put(`${path}/scope`, { kind: 'contacts' });
    await person.untilBackfilled(inboxId, 'scope');
    expect((await storedIds(test, inboxId)).sort()).toEqual([inside, outside].sort());

    const after = Math.max(...(await person.backfills(inboxId)).map(({ n }) => n));
    await person.api.put(`${path}/scope`, scope);
    await person.untilBackfilled(inboxId, 'scope', { after });
    expect((await storedIds(test, inboxId)).sort()).toEqual([inside, outside].sort());
    const live = await person.add({ ...bob, subject: 'now outside' });
    await person.add({ ...bob, subject: 'still inside', ...place.at });
    await person.untilOnTimeline('bob', 'still inside');
    expect(await storedIds(test, inboxId)).not.toContain(live.id);
    expect(await verdictOf(test, inboxId, stranger)).not.toBe('stored');
    expect((await fullReads(person)).filter((id) => id === stranger)).toEqual([]);
    await untilSettled(test, inboxId);
  });

  it('P6 the same scope again plans nothing, an unknown place is refused', async () => {
    const { person } = await labelled();
    const inboxId = await person.connectAndBackfill();
    const path = `/api/v1/inboxes/${inboxId}/scope`;
    const before = (await person.backfills(inboxId)).length;
    await person.api.put(path, { kind: 'contacts' });
    expect((await person.backfills(inboxId)).length).toBe(before);
    const answer = await person.api.send('PUT', path, UNKNOWN_PLACE[provider]);
    expect(answer.status).toBe(422);
    expect((await person.inbox(inboxId)).scope).toEqual({ kind: 'contacts' });
  });

  /** A new contact has the worker look at the inbox. */
  const haveItLookedAt = async (person: Person): Promise<void> => {
    const name = randomUUID();
    await person.putContacts({ [name]: [`${name}@contact.example`] });
  };

  const untilLookedAt = async (person: Person, inboxId: string): Promise<void> => {
    const calls = async () => (await person.inbox(inboxId)).touched.calls;
    const before = await calls();
    await until('it has been looked at', async () => {
      // Again, as an opening under way is no look and has no need of another.
      await haveItLookedAt(person);
      return (await calls()) > before;
    });
  };

  it('P6 I3 with the choice left for after connecting no mail is looked at, and the choice begins the import', async () => {
    const { person, place, scope, inside } = await labelled();
    const inboxId = await person.connect({ scope: { kind: 'unchosen' } });
    const live = await person.add({ ...bob, subject: 'before the choice', ...place.at });
    await person.mailbox.revokeGrant();
    await haveItLookedAt(person);
    await person.untilStatus(inboxId, 'needs_reconnect');
    const mails = () => test.smtp.messages().filter(({ to }) => to.includes(person.address));
    await until('its mail', async () => mails().length > 0);
    const { authorizationUrl } = await person.api.post<{ authorizationUrl: string }>(
      `/api/v1/inboxes/${inboxId}/reconnect`,
      { returnTo: `${test.product.apiUrl}/` },
    );
    const landed = await person.consent(new URL(authorizationUrl));
    expect(landed.outcome).toBe('connected_unchosen');
    await untilLookedAt(person, inboxId);
    const path = `/api/v1/inboxes/${inboxId}`;
    expect((await person.api.send('PUT', `${path}/scope`, { kind: 'unchosen' })).status).toBe(400);
    expect((await person.api.get<Scopes>(`${path}/scopes`)).choices).not.toEqual([]);

    const called = await test.calls({ mailbox: person.address });
    expect([...new Set(called.map(({ method }) => method))].sort()).toEqual(
      READS_NO_MAIL[provider],
    );
    expect(await person.inbox(inboxId)).toMatchObject({
      scope: { kind: 'unchosen' },
      statusWords: expect.stringContaining('nothing is read until you choose'),
      backfills: { running: [], last: [] },
      gaps: [],
      sync: { caughtUpTo: null },
      touched: { idsListed: 0, headsRead: 0, bodiesRead: 0, stored: 0 },
    });
    const day = new Date().toISOString().slice(0, 10);
    const why = `${path}/explain?sender=bob@contact.example&date=${day}`;
    expect(await person.api.get(why)).toMatchObject({ answers: [{ outcome: 'scope_unchosen' }] });
    expect(await verdictOf(test, inboxId, live.id)).toBeUndefined();
    expect(mails()).toHaveLength(1);

    expect(await person.api.put(`${path}/scope`, scope)).toMatchObject({ backfill: 1 });
    const { receipt } = await person.untilBackfilled(inboxId);
    expect(receipt).toMatchObject({ stored: 2, missing: 0 });
    expect((await storedIds(test, inboxId)).sort()).toEqual([inside, live.id].sort());
    await person.add({ ...bob, subject: 'after the choice', ...place.at });
    await person.untilOnTimeline('bob', 'after the choice');
    await until('the mail that it is done', async () => mails().length === 2);
    expect(await person.inbox(inboxId)).toMatchObject({ scopeName: 'Customers', gaps: [] });
  });

  it('P6 connected anew as unchosen an inbox rests, and everything with contacts can be the choice', async () => {
    const { person, inside, outside } = await labelled();
    const inboxId = await person.connectAndBackfill();
    await person.disconnect(inboxId);
    expect(await person.connect({ scope: { kind: 'unchosen' } })).toBe(inboxId);
    const { id } = await person.add({ ...bob, subject: 'while it rests' });
    await untilLookedAt(person, inboxId);
    expect((await storedIds(test, inboxId)).sort()).toEqual([inside, outside].sort());
    const { gaps } = await person.inbox(inboxId);
    expect(gaps).toMatchObject([{ cause: 'disconnected', closedAt: null }]);
    const after = Math.max(...(await person.backfills(inboxId)).map(({ n }) => n));
    await person.api.put(`/api/v1/inboxes/${inboxId}/scope`, { kind: 'contacts' });
    await person.untilBackfilled(inboxId, 'initial', { after });
    expect((await storedIds(test, inboxId)).sort()).toEqual([inside, outside, id].sort());
    await untilSettled(test, inboxId);
    expect((await person.inbox(inboxId)).gaps).toMatchObject([{ closedAt: expect.any(String) }]);
  });

  it('P6 connecting with a place the mailbox has not: said so, nothing stored', async () => {
    const person = await test.person(undefined, undefined, { provider });
    const landed = await person.consent(await person.begin(UNKNOWN_PLACE[provider]));
    expect(landed.outcome).toBe('unknown_label');
    expect(
      await test.sql('select from inboxes where user_id = $1', [person.identity.userId]),
    ).toEqual([]);
  });
});
