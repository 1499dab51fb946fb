import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockInbox } from '../../../db/inbox-lock.ts';
import { type Person, type Rig, seedInbox, startRig, tokenOf, until } from './support.ts';

interface Ended {
  outcome: string | null;
  inbox: string | null;
}

type Asked = readonly [path: string, body: object];

/** What a stop is asked of, by its user. */
const STOPS = {
  disconnect: (inboxId: string): Asked => [`/api/v1/inboxes/${inboxId}/disconnect`, {}],
  'delete history': (inboxId: string): Asked => [
    `/api/v1/inboxes/${inboxId}/delete-history`,
    { confirm: 'delete' },
  ],
  'delete everything': (): Asked => ['/api/v1/me/delete-history', { confirm: 'delete everything' }],
};
type Stop = keyof typeof STOPS;

/** Calls of a callback, in their order; each takes long enough to be stopped in. */
const MOMENTS = ['oauth.token', 'gmail.users.getProfile'] as const;
const LATENCY_MS = 300;

describe('a stop while a consent is under way (B7)', () => {
  let rig: Rig;
  let serial = 0;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  const somebody = (): Person => ({ orgId: 'acme', userId: `user${++serial}` });

  /** Up to the browser's way back. @returns what that does when it is let go */
  const consent = async (person: Person, address: string, path = '/api/v1/inboxes') => {
    const first = path === '/api/v1/inboxes';
    const begun = await rig.raw(path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await tokenOf(person)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ ...(first && { provider: 'gmail' }), returnTo: '/settings' }),
    });
    expect(begun.status).toBe(201);
    const cookie = begun.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const { authorizationUrl } = (await begun.json()) as { authorizationUrl: string };
    const { redirectUrl } = await rig.emulator.consent({ authUrl: authorizationUrl, address });
    const { pathname, search } = new URL(redirectUrl);
    return (): Promise<Response> => rig.raw(pathname + search, { headers: { cookie } });
  };

  const endOf = (response: Response): Ended => {
    expect(response.status).toBe(303);
    const { pathname, searchParams } = new URL(response.headers.get('location') ?? '');
    expect(pathname).toBe('/settings');
    return { outcome: searchParams.get('outcome'), inbox: searchParams.get('inbox') };
  };

  /** Whoever wants the inbox alone stands in line until it is let go, and comes in turn. */
  const hold = async (person: Person, inboxId: string): Promise<() => Promise<void>> => {
    // On a slow machine the dispatcher would get to it meanwhile and wait for the inbox, too.
    await rig.db.sql('delete from workflow_commands where inbox_id = $1', [inboxId]);
    const held = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holding = rig.db.api.asUser(person, async (tx) => {
      await lockInbox(tx, inboxId);
      locked.resolve();
      await held.promise;
    });
    await locked.promise;
    return () => {
      held.resolve();
      return holding;
    };
  };

  const rowsOf = (person: Person) =>
    rig.db.sql<{ row: string }>(
      `select i::text as row from inboxes i where user_id = $1
       union all select p::text from pending_connections p where user_id = $1
       union all select a::text from audit_log a where actor_id = $1
       union all select b::text from backfills b join inboxes i on i.id = b.inbox_id
         where i.user_id = $1
       order by 1`,
      [person.userId],
    );

  /** Lets the callback run into `moment`, then stops, and holds both to it. */
  const stopIn = async (
    moment: (typeof MOMENTS)[number],
    callback: () => Promise<Response>,
    { person, address, stop }: { person: Person; address: string; stop: Asked },
  ): Promise<Ended> => {
    const sinceSeq = (await rig.emulator.accessLog()).at(-1)?.seq ?? 0;
    await rig.emulator.setLatency({ rules: [{ method: moment, ms: LATENCY_MS }] });
    const coming = callback();
    await until(async () => {
      const taken = 'select from oauth_states where user_id = $1 and used_at is not null';
      if ((await rig.db.sql(taken, [person.userId])).length === 0) return false;
      const log = await rig.emulator.accessLog({ mailbox: address, sinceSeq });
      return moment === 'oauth.token' || log.some(({ method }) => method === 'oauth.token');
    });
    const { status } = await rig.call(person, 'POST', ...stop);
    const answeredAt = Date.now();
    expect(status).toBeLessThan(300);
    const before = await rowsOf(person);
    const end = endOf(await coming);
    await rig.emulator.setLatency({ rules: [] });
    const log = await rig.emulator.accessLog({ mailbox: address, sinceSeq });
    expect(log.filter(({ arrivedMs }) => arrivedMs > answeredAt)).toEqual([]);
    expect(await rowsOf(person)).toEqual(before);
    expect(before.filter(({ row }) => /,connected,/.test(row))).toEqual([]);
    return end;
  };

  const cases = MOMENTS.flatMap((moment) =>
    (Object.keys(STOPS) as Stop[]).map((stop) => [stop, moment] as const),
  );

  it.each(cases)('B7 a reconnect ends with a %s during its %s', async (stop, moment) => {
    const person = somebody();
    const address = `${person.userId}@gmail.example`;
    const { inboxId } = await seedInbox(rig, person, address);
    const callback = await consent(person, address, `/api/v1/inboxes/${inboxId}/reconnect`);
    const end = await stopIn(moment, callback, { person, address, stop: STOPS[stop](inboxId) });
    expect(end).toEqual({ outcome: 'stopped_meanwhile', inbox: inboxId });
  });

  it.each(MOMENTS)(
    'B7 sending is not turned on by a consent that a disconnect meets in its %s',
    async (moment) => {
      const person = somebody();
      const address = `${person.userId}@gmail.example`;
      const { inboxId } = await seedInbox(rig, person, address);
      const callback = await consent(person, address, `/api/v1/inboxes/${inboxId}/sending`);
      const stop = STOPS.disconnect(inboxId);
      const end = await stopIn(moment, callback, { person, address, stop });
      expect(end.outcome).toBe('stopped_meanwhile');
    },
  );

  it.each(MOMENTS)(
    'B7 I4 a first connect ends with a deletion of everything during its %s',
    async (moment) => {
      const person = somebody();
      const address = `${person.userId}@gmail.example`;
      await rig.emulator.createAccount({ address });
      const callback = await consent(person, address);
      const stop = STOPS['delete everything']();
      const end = await stopIn(moment, callback, { person, address, stop });
      expect(end).toEqual({ outcome: 'stopped_meanwhile', inbox: null });
      expect(await rowsOf(person)).toEqual([]);
    },
  );

  it('B7 a first connect of a mailbox whose inbox is disconnected meanwhile does not bring it back', async () => {
    const person = somebody();
    const address = `${person.userId}@gmail.example`;
    const { inboxId } = await seedInbox(rig, person, address);
    const callback = await consent(person, address);
    const stop = STOPS.disconnect(inboxId);
    const end = await stopIn('gmail.users.getProfile', callback, { person, address, stop });
    expect(end.outcome).toBe('stopped_meanwhile');
  });

  it('B7 a disconnect that is asked again ends a consent, too', async () => {
    const person = somebody();
    const address = `${person.userId}@gmail.example`;
    const { inboxId } = await seedInbox(rig, person, address);
    const [path, body] = STOPS.disconnect(inboxId);
    await rig.call(person, 'POST', path, body);
    const callback = await consent(person, address, `/api/v1/inboxes/${inboxId}/reconnect`);
    const end = await stopIn('oauth.token', callback, { person, address, stop: [path, body] });
    expect(end.outcome).toBe('stopped_meanwhile');
  });

  it.each(Object.keys(STOPS) as Stop[])(
    'B7 another scope that waits to be stored is not stored after a %s',
    async (stop) => {
      const person = somebody();
      const { inboxId } = await seedInbox(rig, person, `${person.userId}@gmail.example`);
      const narrow = JSON.stringify({ kind: 'label', labelId: 'INBOX' });
      await rig.db.sql('update inboxes set scope = $2 where id = $1', [inboxId, narrow]);
      const letGo = await hold(person, inboxId);
      const stopping = rig.call(person, 'POST', ...STOPS[stop](inboxId));
      await until(async () => (await rig.db.waiting()) === 1);
      const path = `/api/v1/inboxes/${inboxId}/scope`;
      const changing = rig.call(person, 'PUT', path, { kind: 'contacts' });
      await until(async () => (await rig.db.waiting()) === 2);
      await letGo();
      expect((await stopping).status).toBeLessThan(300);
      expect((await changing).status).toBe(409);
      const stored = 'select from backfills where inbox_id = $1';
      expect(await rig.db.sql(stored, [inboxId])).toHaveLength(1);
    },
  );

  it('B7 waits for a connect that is being stored, and stops what it has stored', async () => {
    const person = somebody();
    const address = `${person.userId}@gmail.example`;
    const { inboxId } = await seedInbox(rig, person, address);
    const callback = await consent(person, address, `/api/v1/inboxes/${inboxId}/reconnect`);
    const letGo = await hold(person, inboxId);
    const coming = callback();
    await until(async () => (await rig.db.waiting()) === 1);
    const stopping = rig.call(person, 'POST', ...STOPS.disconnect(inboxId));
    await until(async () => (await rig.db.waiting()) === 2);
    await letGo();
    expect((await stopping).body).toMatchObject({ status: 'disconnected', epoch: 3 });
    expect(endOf(await coming).outcome).toBe('reconnected');
    const stored = 'select status, epoch, tokens_ct from inboxes where id = $1';
    expect(await rig.db.sql(stored, [inboxId])).toEqual([
      { status: 'disconnected', epoch: 3, tokens_ct: null },
    ]);
  });
});
