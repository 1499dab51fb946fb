import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, BOB, type Rig, seedInbox, startRig, tokenOf } from './support.ts';

const OWN = 'http://127.0.0.1:8080';
const CRM = 'https://crm.example';

describe('the page’s session', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({ RETURN_TO_ORIGINS: CRM });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const open = async (headers: Record<string, string> = {}, person = ANN) =>
    rig.raw('/session', {
      method: 'POST',
      headers: { authorization: `Bearer ${await tokenOf(person)}`, ...headers },
    });
  const form = async (headers: Record<string, string>, returnTo = '/app') =>
    rig.raw('/session/form', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams({ token: await tokenOf(ANN), returnTo }).toString(),
    });
  const cookieOf = (response: Response) =>
    (response.headers.get('set-cookie') ?? '').split(';')[0] as string;
  const ask = (cookie: string, path: string, init: RequestInit = {}) =>
    rig.raw(path, { ...init, headers: { cookie, ...init.headers } });

  it('is a cookie that scripts cannot read and other sites cannot have sent', async () => {
    const opened = await open();
    expect(opened.status).toBe(201);
    const cookie = opened.headers.get('set-cookie') ?? '';
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(cookie).toContain(part);
    expect(cookie).not.toContain('Domain');
    const who = await ask(cookieOf(opened), '/session');
    expect(await who.json()).toMatchObject({ userId: 'ann', orgId: 'acme', roles: [] });
    expect((await ask(cookieOf(opened), '/api/v1/inboxes')).status).toBe(200);
  });

  it('over https has the __Host- prefix and Secure', async () => {
    await using secure = await startRig({ PUBLIC_URL: 'https://sync.example' });
    const response = await secure.raw('/session', {
      method: 'POST',
      headers: { authorization: `Bearer ${await tokenOf(ANN)}` },
    });
    expect(response.headers.get('set-cookie')).toMatch(/^__Host-sambandh-session=.*Secure/);
  });

  it('is stored by its hash alone', async () => {
    const value = cookieOf(await open()).split('=')[1] as string;
    const rows = await rig.db.sql<{ session_hash: Buffer }>('select * from sessions');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(value);
    expect(rows.some(({ session_hash: h }) => h.equals(Buffer.from(value, 'base64url')))).toBe(
      false,
    );
  });

  it('is its user’s, and no more than a token of theirs', async () => {
    const inbox = await seedInbox(rig, ANN, 'ann@gmail.example');
    const bob = cookieOf(await open({}, BOB));
    expect((await ask(bob, `/api/v1/inboxes/${inbox.inboxId}`)).status).toBe(404);
    expect((await ask(bob, '/api/v1/audit?of=org')).status).toBe(403);
  });

  it('ends when it is closed, and when it is eight hours old', async () => {
    const closed = cookieOf(await open());
    const headers = { origin: OWN };
    expect((await ask(closed, '/session', { method: 'DELETE', headers })).status).toBe(204);
    expect((await ask(closed, '/api/v1/inboxes')).status).toBe(401);
    const old = cookieOf(await open());
    await rig.db.sql("update sessions set expires_at = now() - interval '1 second'");
    expect((await ask(old, '/api/v1/inboxes')).status).toBe(401);
    expect((await ask('sambandh-session=guess', '/api/v1/inboxes')).status).toBe(401);
  });

  it('is never taken over from the browser: signing in makes a new one', async () => {
    const planted = cookieOf(await open({}, BOB));
    const opened = await open({ cookie: planted });
    expect(cookieOf(opened)).not.toBe(planted);
    expect(await (await ask(planted, '/session')).json()).toMatchObject({ userId: 'bob' });
  });

  it('does not speak for requests beside an Authorization header', async () => {
    const cookie = cookieOf(await open());
    const answer = await ask(cookie, '/api/v1/inboxes', {
      headers: { authorization: 'Bearer bad' },
    });
    expect(answer.status).toBe(401);
  });

  it.each([
    ['another site', { origin: 'https://evil.example' }, 403],
    ['a sandboxed frame', { origin: 'null' }, 403],
    ['a sibling domain', { origin: 'http://evil.127.0.0.1:8080' }, 403],
    ['the CRM, which may sign in but not act', { origin: CRM }, 403],
    ['a page that hides its origin', {}, 403],
    [
      'another site, with our header',
      { origin: 'https://evil.example', 'x-sambandh-page': '1' },
      403,
    ],
    [
      'a browser that says it is another site',
      { 'x-sambandh-page': '1', 'sec-fetch-site': 'cross-site' },
      403,
    ],
    ['our page', { origin: OWN }, 200],
    ['our page by its header', { 'x-sambandh-page': '1' }, 200],
    ['our page in a new browser', { origin: OWN, 'sec-fetch-site': 'same-origin' }, 200],
  ])('CSRF: a change by %s answers %s', async (_who, headers, status) => {
    const cookie = cookieOf(await open());
    const { inboxId } = await seedInbox(rig, ANN, 'ann@gmail.example');
    const before = await rig.counts();
    const answer = await ask(cookie, `/api/v1/inboxes/${inboxId}/disconnect`, {
      method: 'POST',
      headers: headers as Record<string, string>,
    });
    expect(answer.status).toBe(status);
    if (status === 403) expect(await rig.counts()).toEqual(before);
  });

  it('reads, too, are refused to what a browser says is another site', async () => {
    const cookie = cookieOf(await open());
    const headers = { 'sec-fetch-site': 'same-site' };
    expect((await ask(cookie, '/api/v1/inboxes', { headers })).status).toBe(403);
  });

  it('a page of the CRM signs a browser in by a form, and nobody else does', async () => {
    const answer = await form({ origin: CRM });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(`${OWN}/app`);
    expect((await ask(cookieOf(answer), '/api/v1/inboxes')).status).toBe(200);
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, {}]) {
      const refused = await form(headers as Record<string, string>);
      expect([refused.status, refused.headers.get('set-cookie')]).toEqual([403, null]);
    }
    expect((await open({ origin: 'https://evil.example' })).status).toBe(403);
  });

  it('leads nowhere but to this server', async () => {
    for (const away of ['https://evil.example/', '//evil.example', `${CRM}/page`]) {
      const answer = await form({ origin: CRM }, away);
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([422, null]);
    }
  });
});
