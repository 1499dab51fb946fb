import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getEndpoint } from '../../../db/endpoint-store.ts';
import { openTarget } from '../../../vault/endpoint-seals.ts';
import {
  ANN,
  type Answer,
  BOB,
  EVE,
  type Person,
  type Rig,
  seedInbox,
  seedMessage,
  startRig,
} from './support.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig?.[Symbol.asyncDispose]());

const ADMIN: Person = { ...ANN, roles: ['admin'] };
const OTHER_ADMIN: Person = { ...BOB, roles: ['admin'] };
const FOREIGN_ADMIN: Person = { ...EVE, roles: ['admin'] };

const BASE = '/api/v1/event-endpoints';
const wish = { url: 'https://crm.example/hook?token=t0ken', types: ['message.synced'] };

const create = (person = ADMIN, body: object = wish): Promise<Answer> =>
  rig.call(person, 'POST', BASE, body);

interface Endpoint {
  id: string;
  secret: string;
  state: string;
  url: string;
  oldSecretUntil: string | null;
}

const created = async (body: object = wish, person = ADMIN): Promise<Endpoint> => {
  const answer = await create(person, body);
  expect(answer.status).toBe(201);
  return answer.body as unknown as Endpoint;
};

const remove = (id: string) => rig.call(ADMIN, 'DELETE', `${BASE}/${id}`);

describe('event endpoints', () => {
  it('are registered, shown without their secret, changed and deleted', async () => {
    const endpoint = await created();
    expect(endpoint).toMatchObject({ ...wish, content: false, state: 'active' });
    expect(endpoint.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const shown = await rig.call(ADMIN, 'GET', `${BASE}/${endpoint.id}`);
    expect(shown.body).not.toHaveProperty('secret');
    const changed = await rig.call(ADMIN, 'PUT', `${BASE}/${endpoint.id}`, {
      url: 'https://crm.example/other',
      types: ['inbox.disconnected', 'inbox.disconnected'],
      content: true,
      state: 'disabled',
    });
    expect(changed.body).toMatchObject({
      url: 'https://crm.example/other',
      types: ['inbox.disconnected'],
      content: true,
      state: 'disabled',
      disabledWhy: 'asked',
    });
    expect((await remove(endpoint.id)).status).toBe(204);
    expect((await rig.call(ADMIN, 'GET', `${BASE}/${endpoint.id}`)).status).toBe(404);
  });

  it('P3 are the administrators’ of the org alone', async () => {
    const { id } = await created();
    for (const person of [ANN, BOB, { ...ANN, roles: ['ops'] }]) {
      expect((await create(person)).status).toBe(403);
      for (const path of [BASE, `${BASE}/${id}`, `${BASE}/${id}/deliveries`]) {
        expect((await rig.call(person, 'GET', path)).body.type).toBe(
          '/problems/administrators-only',
        );
      }
    }
    expect((await rig.call(FOREIGN_ADMIN, 'GET', `${BASE}/${id}`)).status).toBe(404);
    expect((await rig.call(FOREIGN_ADMIN, 'GET', BASE)).body).toEqual({ endpoints: [] });
    expect((await rig.call(OTHER_ADMIN, 'GET', `${BASE}/${id}`)).status).toBe(200);
    await remove(id);
  });

  it('P3 nobody can have content of a colleague’s mail sent to a place of their own', async () => {
    const { id, url } = await created({ ...wish, content: true });
    const change = (body: object) =>
      rig.call(OTHER_ADMIN, 'PUT', `${BASE}/${id}`, { ...wish, state: 'active', ...body });
    const moved = await change({ url: 'https://elsewhere.example/', content: true });
    expect(moved.body.type).toBe('/problems/content-not-yours');
    expect((await change({ url, content: true })).status).toBe(200);
    expect((await change({ url: 'https://elsewhere.example/', content: false })).status).toBe(200);
    expect((await change({ content: true })).status).toBe(403);
    await remove(id);
  });

  it.each([
    'http://crm.example/',
    'ftp://crm.example/',
    'not an address',
    'https://u:p@crm.example/',
    'https://127.0.0.1/',
    'https://localhost/',
    'https://a.localhost./',
    'https://[::1]/',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest',
    'https://2130706433/',
  ])('%s is refused', async (url) => {
    const answer = await create(ADMIN, { ...wish, url });
    expect([answer.status, answer.body.type]).toEqual([422, '/problems/unusable-url']);
  });

  it('are ten at most', async () => {
    const ids = [];
    for (let i = 0; i < 10; i += 1) ids.push((await created()).id);
    expect((await create()).body.type).toBe('/problems/too-many-endpoints');
    for (const id of ids) await remove(id);
  });

  it('rotate their secret with an overlap, or at once', async () => {
    const endpoint = await created();
    const rotate = async (body?: object): Promise<Endpoint> =>
      (await rig.call(ADMIN, 'POST', `${BASE}/${endpoint.id}/rotate-secret`, body))
        .body as unknown as Endpoint;
    const inForce = async (): Promise<string[]> => {
      const row = await rig.db.api.asUser({ ...ANN, roles: ['admin'] }, (tx) =>
        getEndpoint(tx, endpoint.id),
      );
      const { secrets } = openTarget(rig.keyRing.masters, row as NonNullable<typeof row>);
      return secrets.filter((s) => (s.endsAt ?? Infinity) > Date.now()).map((s) => s.secret);
    };
    const first = await rotate({ overlapHours: 1 });
    expect(await inForce()).toEqual([first.secret, endpoint.secret]);
    expect(Date.parse(first.oldSecretUntil ?? '') - Date.now()).toBeGreaterThan(3_500_000);
    const second = await rotate({});
    expect(await inForce()).toEqual([second.secret, first.secret]);
    const third = await rotate({ overlapHours: 0 });
    expect(await inForce()).toEqual([third.secret]);
    expect(third.oldSecretUntil).toBeNull();
    await remove(endpoint.id);
  });

  it('list their deliveries page by page, and replay one or all that failed', async () => {
    const { id } = await created();
    const inbox = await seedInbox(rig, ANN, 'ann@brightwater.example');
    for (let i = 0; i < 3; i += 1) await seedMessage(rig, inbox, { contactIds: ['c'] });
    type Page = {
      deliveries: { eventId: string; state: string; sequence: number }[];
      nextCursor: string | null;
    };
    const list = async (query: string): Promise<Page> =>
      (await rig.call(ADMIN, 'GET', `${BASE}/${id}/deliveries?${query}`)).body as unknown as Page;
    const first = await list('limit=2');
    const second = await list(`limit=2&cursor=${first.nextCursor}`);
    const all = [...first.deliveries, ...second.deliveries];
    expect(all.map(({ state }) => state)).toEqual(['pending', 'pending', 'pending']);
    expect(new Set(all.map(({ eventId }) => eventId)).size).toBe(3);
    expect(second.nextCursor).toBeNull();

    await rig.db.sql(`update event_deliveries set state = 'failed', settled_at = now()`);
    expect((await list('state=pending')).deliveries).toEqual([]);
    expect((await list('state=failed')).deliveries).toHaveLength(3);
    const one = all[0]?.eventId;
    const replayed = await rig.call(ADMIN, 'POST', `${BASE}/${id}/deliveries/${one}/replay`);
    expect([replayed.status, replayed.body]).toEqual([202, { replayed: 1 }]);
    const rest = await rig.call(ADMIN, 'POST', `${BASE}/${id}/deliveries/replay`);
    expect(rest.body).toEqual({ replayed: 2 });
    const unknown = `${BASE}/${id}/deliveries/${id}/replay`;
    expect((await rig.call(ADMIN, 'POST', unknown)).status).toBe(404);
    await rig.call(ADMIN, 'PUT', `${BASE}/${id}`, { ...wish, content: false, state: 'disabled' });
    const disabled = await rig.call(ADMIN, 'POST', `${BASE}/${id}/deliveries/replay`);
    expect(disabled.body.type).toBe('/problems/endpoint-disabled');
    await remove(id);
  });

  it('I6 leave neither address nor secret in the log', async () => {
    const { id, secret } = await created();
    await remove(id);
    expect(rig.log.join('\n')).not.toMatch(/t0ken|crm\.example/);
    expect(rig.log.join('\n')).not.toContain(secret);
  });
});
