import { describe, expect, test } from 'vitest';
import { DEFAULT_APP_ID, type Emulator, startEmulator } from '../../emulator/index.ts';
import {
  account,
  authorizeUrl,
  connectGraph,
  graphClient,
  OUTLOOK,
  postToken,
  REDIRECT,
  VERIFIER,
} from './graph-support.ts';

const start = () =>
  startEmulator({ outlookAccounts: [account({ aliases: ['sales@nordic.example'] })] });

const codeOf = async (emulator: Emulator, more: Record<string, string> = {}) => {
  const { redirectUrl } = await emulator.signIn({
    url: authorizeUrl(emulator.url, more),
    address: OUTLOOK,
  });
  return new URL(redirectUrl).searchParams;
};

const exchange = (emulator: Emulator, code: string, more: Record<string, string> = {}) =>
  postToken(emulator.url, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: REDIRECT,
    code_verifier: VERIFIER,
    ...more,
  });

const claimsOf = (jwt: unknown) =>
  JSON.parse(Buffer.from(String(jwt).split('.')[1] ?? '', 'base64url').toString());

describe('signing in', () => {
  test('ends in tokens for Graph, an id token and client_info', async () => {
    await using emulator = await start();
    const back = await codeOf(emulator);
    expect(back.get('state')).toBe('state-1');
    const { status, body } = await exchange(emulator, back.get('code') ?? '');
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
    expect(String(body.scope).split(' ').sort()).toEqual(
      ['Mail.Read', 'User.Read', 'openid', 'profile'].sort(),
    );
    const [person] = await emulator.listOutlookAccounts();
    const info = JSON.parse(Buffer.from(String(body.client_info), 'base64url').toString());
    expect(info).toEqual({ uid: person?.oid, utid: person?.tenantId });
    expect(claimsOf(body.id_token)).toMatchObject({
      aud: DEFAULT_APP_ID,
      tid: person?.tenantId,
      oid: person?.oid,
    });
    const me = await graphClient(emulator.url, String(body.access_token)).get('/me');
    expect(me.body).toMatchObject({ id: person?.oid, mail: OUTLOOK, userPrincipalName: OUTLOOK });
  });

  test('shows a chooser, then the permissions, as plain forms', async () => {
    await using emulator = await start();
    await emulator.createOutlookAccount({ address: 'home@outlook.example', kind: 'personal' });
    const chooser = await (await fetch(authorizeUrl(emulator.url))).text();
    expect(chooser).toContain('Pick an account');
    expect(chooser).toContain('home@outlook.example');
    const consumers = await (await fetch(authorizeUrl(emulator.url, {}, 'organizations'))).text();
    expect(consumers).not.toContain('home@outlook.example');
    const request = /name="request" value="(\w+)"/.exec(chooser)?.[1] ?? '';
    const picked = await fetch(`${emulator.url}/_entra/decide`, {
      method: 'POST',
      body: new URLSearchParams({ request, account: OUTLOOK }),
    });
    expect(await picked.text()).toContain('Read your mail');
    const wrong = await fetch(
      authorizeUrl(emulator.url, { login_hint: 'home@outlook.example' }, 'organizations'),
    );
    expect(await wrong.text()).toContain('AADSTS50020');
  });

  test('a declined consent, a bad scope and a foreign redirect are told as Entra tells them', async () => {
    await using emulator = await start();
    const declined = await emulator.signIn({
      url: authorizeUrl(emulator.url),
      address: OUTLOOK,
      action: 'cancel',
    });
    const back = new URL(declined.redirectUrl).searchParams;
    expect(back.get('error')).toBe('access_denied');
    expect(back.get('error_description')).toContain('AADSTS65004');
    expect((await codeOf(emulator, { scope: 'Mail.Reed' })).get('error')).toBe('invalid_scope');
    const page = await fetch(authorizeUrl(emulator.url, { redirect_uri: 'https://evil.example' }));
    expect(await page.text()).toContain('AADSTS50011');
    const silent = await codeOf(emulator, { prompt: 'none' });
    expect(silent.get('error')).toBe('consent_required');
  });

  test('a code is bound to its verifier, works once and not for long', async () => {
    await using emulator = await start();
    const code = (await codeOf(emulator)).get('code') ?? '';
    const wrong = await exchange(emulator, code, { code_verifier: 'another' });
    expect(wrong.body).toMatchObject({ error: 'invalid_grant', error_codes: [501481] });
    expect((await exchange(emulator, code)).status).toBe(200);
    expect((await exchange(emulator, code)).body).toMatchObject({ error_codes: [54005] });
    const late = (await codeOf(emulator)).get('code') ?? '';
    await emulator.advanceClock({ ms: 11 * 60_000 });
    expect((await exchange(emulator, late)).body).toMatchObject({ error_codes: [70008] });
    const secret = await exchange(emulator, late, { client_secret: 'wrong' });
    expect(secret.status).toBe(401);
    expect(secret.body).toMatchObject({ error: 'invalid_client', error_codes: [7000215] });
  });

  test('a personal account lives in the tenant of personal accounts', async () => {
    await using emulator = await start();
    const address = 'home@outlook.example';
    const view = await emulator.createOutlookAccount({ address, kind: 'personal' });
    expect(view.tenantId).toBe('9188040d-6c67-4c5b-b112-36a304b66dad');
    const { redirectUrl } = await emulator.signIn({ url: authorizeUrl(emulator.url), address });
    const code = new URL(redirectUrl).searchParams.get('code') ?? '';
    const { body } = await exchange(emulator, code);
    expect(String(body.access_token)).not.toContain('.');
    const me = await graphClient(emulator.url, String(body.access_token)).get('/me');
    expect(String(me.body.id)).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('the admin-consent wall', () => {
  test('stops at a page, goes back as after a refusal, and opens once an admin consented', async () => {
    await using emulator = await start();
    await emulator.createOutlookAccount({ address: 'boss@nordic.example', isAdmin: true });
    await emulator.setTenant({ address: OUTLOOK, consentPolicy: 'adminOnly' });
    const url = authorizeUrl(emulator.url);
    const input = { url, address: OUTLOOK };
    await expect(emulator.signIn(input)).rejects.toThrow('Need admin approval');
    const back = await emulator.signIn({ ...input, action: 'return' });
    expect(back.redirectUrl).toContain('error=access_denied');
    expect(back.redirectUrl).toContain('error_subcode=cancel');
    expect(back.redirectUrl).toContain('AADSTS65004');
    await emulator.setTenant({ address: OUTLOOK, wall: { error: 'access_denied', code: 90094 } });
    const otherwise = await emulator.signIn({ ...input, action: 'return' });
    expect(otherwise.redirectUrl).toContain('AADSTS90094');
    const consent = new URL(`${emulator.url}/organizations/v2.0/adminconsent`);
    consent.search = new URLSearchParams({
      client_id: DEFAULT_APP_ID,
      redirect_uri: REDIRECT,
      scope: 'https://graph.microsoft.com/Mail.Read https://graph.microsoft.com/User.Read',
      state: 's',
    }).toString();
    await expect(emulator.signIn({ url: consent.href, address: OUTLOOK })).rejects.toThrow('90094');
    const boss = { url: consent.href, address: 'boss@nordic.example' };
    const refused = new URL((await emulator.signIn({ ...boss, action: 'cancel' })).redirectUrl);
    expect(refused.searchParams.get('error')).toBe('permission_denied');
    const granted = new URL((await emulator.signIn(boss)).redirectUrl).searchParams;
    expect(granted.get('admin_consent')).toBe('True');
    expect(granted.get('state')).toBe('s');
    expect((await codeOf(emulator)).get('code')).toBeTruthy();
  });
});

describe('refresh tokens', () => {
  const refresh = (emulator: Emulator, token: unknown, more: Record<string, string> = {}) =>
    postToken(emulator.url, {
      grant_type: 'refresh_token',
      refresh_token: String(token),
      ...more,
    });
  const signedIn = async (emulator: Emulator) =>
    (await exchange(emulator, (await codeOf(emulator)).get('code') ?? '')).body;

  test('are replaced on every use; the old one works for a while', async () => {
    await using emulator = await start();
    const first = await signedIn(emulator);
    const second = await refresh(emulator, first.refresh_token);
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    expect((await refresh(emulator, first.refresh_token)).status).toBe(200);
    await emulator.advanceClock({ ms: 3_601_000 });
    const old = await refresh(emulator, first.refresh_token);
    expect(old.body).toMatchObject({ error: 'invalid_grant', error_codes: [70000] });
    expect((await refresh(emulator, second.body.refresh_token)).status).toBe(200);
  });

  test('die of 90 idle days, a new password and withdrawn consent', async () => {
    await using emulator = await start();
    const idle = await signedIn(emulator);
    await emulator.advanceClock({ ms: 91 * 24 * 3600_000 });
    expect((await refresh(emulator, idle.refresh_token)).body.error_codes).toEqual([700082]);
    const changed = await signedIn(emulator);
    await emulator.changePassword({ address: OUTLOOK });
    expect((await refresh(emulator, changed.refresh_token)).body).toMatchObject({
      error: 'invalid_grant',
      error_codes: [50173],
      suberror: 'bad_token',
    });
    const withdrawn = await signedIn(emulator);
    await emulator.revokeConsent({ address: OUTLOOK });
    expect((await refresh(emulator, withdrawn.refresh_token)).body).toMatchObject({
      error_codes: [65001],
      suberror: 'consent_required',
    });
  });

  test('meet conditional access as interaction_required with claims', async () => {
    await using emulator = await start();
    const { refresh_token } = await signedIn(emulator);
    for (const code of [50076, 53003]) {
      await emulator.setSignInFailure({ address: OUTLOOK, failure: { code } });
      const { status, body } = await refresh(emulator, refresh_token);
      expect(status).toBe(400);
      expect(body).toMatchObject({ error: 'interaction_required', error_codes: [code] });
      expect(body.claims).toBeTruthy();
    }
    await emulator.setSignInFailure({ address: OUTLOOK, failure: { code: 70043 } });
    expect((await refresh(emulator, refresh_token)).body.suberror).toBe('token_expired');
    await emulator.setSignInFailure({ address: OUTLOOK, failure: null });
    const two = 'Mail.Read https://outlook.office.com/Mail.Read';
    const mixed = await refresh(emulator, refresh_token, { scope: two });
    expect(mixed.body.error_codes).toEqual([28000]);
    const nowhere = await postToken(emulator.url, {}, 'nowhere.example');
    expect(nowhere.body.error_codes).toEqual([90002]);
  });

  test('a temporary failure says so, and is no refusal', async () => {
    await using emulator = await start();
    const { refresh_token } = await signedIn(emulator);
    const effect = { kind: 'preset', preset: 'unavailable503' } as const;
    await emulator.armFault({ effect, method: 'entra.token', times: 1 });
    const failed = await refresh(emulator, refresh_token);
    expect(failed).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } });
    expect((await refresh(emulator, refresh_token)).status).toBe(200);
  });
});

describe('access tokens', () => {
  test('expire, and can be challenged for claims', async () => {
    await using emulator = await start();
    const client = await connectGraph(emulator);
    await emulator.challengeTokens({ address: OUTLOOK });
    const challenged = await client.get('/me');
    expect(challenged.status).toBe(401);
    expect(challenged.headers.get('www-authenticate')).toContain('error="insufficient_claims"');
    await emulator.advanceClock({ ms: 2 });
    const fresh = await connectGraph(emulator);
    expect((await fresh.get('/me')).status).toBe(200);
    await emulator.advanceClock({ ms: 3_600_000 });
    const expired = await fresh.get('/me');
    expect(expired).toMatchObject({ status: 401, code: 'InvalidAuthenticationToken' });
  });

  test('open what was consented to, and nothing else', async () => {
    await using emulator = await start();
    const basic = await connectGraph(emulator, { permissions: ['Mail.ReadBasic'] });
    const { id } = await emulator.addMessage({ address: OUTLOOK, from: 'a@b.example', text: 'hi' });
    expect((await basic.get('/me')).code).toBe('ErrorAccessDenied');
    const shown = await basic.get(`/me/messages/${id}`);
    expect(shown.body.subject).toBe('');
    expect(shown.body).not.toHaveProperty('body');
    expect((await basic.get(`/me/messages/${id}?$select=body`)).status).toBe(403);
    expect((await basic.get(`/users/other@nordic.example/messages`)).status).toBe(403);
  });
});
