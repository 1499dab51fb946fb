import { CodeChallengeMethod } from 'google-auth-library';
import { describe, expect, test } from 'vitest';
import { SCOPE, startEmulator } from '../../emulator/index.ts';
import { ADDRESS, connect, oauthClient, REDIRECT, refusal } from './support.ts';

const start = () => startEmulator({ accounts: [{ address: ADDRESS, displayName: 'Maya Lind' }] });
const ASKED = ['openid', 'email', SCOPE.readonly, SCOPE.labels];

const tokenError = async (call: Promise<unknown>) => {
  try {
    await call;
  } catch (error) {
    const { response } = error as { response: { status: number; data: Record<string, string> } };
    return { status: response.status, ...response.data };
  }
  throw new Error('The token endpoint did not refuse');
};

describe('the OAuth dance', () => {
  test('a code with PKCE becomes tokens and a verifiable id_token', async () => {
    await using emulator = await start();
    const auth = oauthClient(emulator.url);
    const { codeVerifier, codeChallenge = '' } = await auth.generateCodeVerifierAsync();
    const authUrl = auth.generateAuthUrl({
      access_type: 'offline',
      scope: ASKED,
      state: 'st-1',
      code_challenge: codeChallenge,
      code_challenge_method: CodeChallengeMethod.S256,
    });
    const { redirectUrl } = await emulator.consent({ authUrl, address: ADDRESS });
    const back = new URL(redirectUrl);
    expect(`${back.origin}${back.pathname}`).toBe(REDIRECT);
    expect(back.searchParams.get('state')).toBe('st-1');
    const code = back.searchParams.get('code') ?? '';
    const { tokens } = await auth.getToken({ code, codeVerifier });
    expect(tokens.refresh_token).toBeTruthy();
    expect(tokens.scope?.split(' ')).toEqual(expect.arrayContaining([SCOPE.readonly, 'openid']));
    const ticket = await auth.verifyIdToken({ idToken: tokens.id_token ?? '' });
    expect(ticket.getPayload()).toMatchObject({ email: ADDRESS, email_verified: true });
    // One use only.
    expect(await tokenError(auth.getToken({ code, codeVerifier }))).toMatchObject({
      status: 400,
      error: 'invalid_grant',
    });
  });

  test('a wrong verifier is refused', async () => {
    await using emulator = await start();
    const auth = oauthClient(emulator.url);
    const { codeChallenge = '' } = await auth.generateCodeVerifierAsync();
    const authUrl = auth.generateAuthUrl({
      scope: ASKED,
      code_challenge: codeChallenge,
      code_challenge_method: CodeChallengeMethod.S256,
    });
    const { redirectUrl } = await emulator.consent({ authUrl, address: ADDRESS });
    const code = new URL(redirectUrl).searchParams.get('code') ?? '';
    const refused = await tokenError(auth.getToken({ code, codeVerifier: 'x'.repeat(50) }));
    expect(refused).toMatchObject({ status: 400, error: 'invalid_grant' });
  });

  test('a refresh token comes with the first consent only, unless consent is prompted', async () => {
    await using emulator = await start();
    const auth = oauthClient(emulator.url);
    const go = async (prompt?: string) => {
      const authUrl = auth.generateAuthUrl({
        access_type: 'offline',
        scope: ASKED,
        ...(prompt && { prompt }),
      });
      const { redirectUrl } = await emulator.consent({ authUrl, address: ADDRESS });
      const code = new URL(redirectUrl).searchParams.get('code') ?? '';
      return (await auth.getToken(code)).tokens.refresh_token;
    };
    expect(await go()).toBeTruthy();
    expect(await go()).toBeUndefined();
    expect(await go('consent')).toBeTruthy();
  });

  test('a browser can drive the consent form, and untick a scope', async () => {
    await using emulator = await start();
    const auth = oauthClient(emulator.url);
    const page = await fetch(auth.generateAuthUrl({ scope: ASKED, state: 's' }));
    const markup = await page.text();
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(markup).toContain('emulator');
    const request = /name="request" value="(\w+)"/.exec(markup)?.[1] ?? '';
    const body = new URLSearchParams({ request, account: ADDRESS, action: 'allow' });
    body.append('scope', SCOPE.labels);
    const answer = await fetch(`${emulator.url}/o/oauth2/v2/auth/consent`, {
      method: 'POST',
      body,
      redirect: 'manual',
    });
    const code = new URL(answer.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const { tokens } = await auth.getToken(code);
    expect(tokens.scope).toContain(SCOPE.labels);
    expect(tokens.scope).not.toContain(SCOPE.readonly);
  });

  test('Cancel sends access_denied back', async () => {
    await using emulator = await start();
    const authUrl = oauthClient(emulator.url).generateAuthUrl({ scope: ASKED, state: 's' });
    const { redirectUrl } = await emulator.consent({ authUrl, address: ADDRESS, allow: false });
    expect(new URL(redirectUrl).searchParams.get('error')).toBe('access_denied');
  });

  test('several accounts show a chooser', async () => {
    await using emulator = await start();
    await emulator.createAccount({ address: 'omar@brightwater.example' });
    const url = oauthClient(emulator.url).generateAuthUrl({ scope: ASKED });
    const chooser = await (await fetch(url)).text();
    expect(chooser).toContain('Choose an account');
    expect(chooser).toContain('omar@brightwater.example');
    const hinted = await (await fetch(`${url}&login_hint=${ADDRESS}`)).text();
    expect(hinted).not.toContain('omar@brightwater.example');
  });

  test('an unknown redirect URI is shown, never followed', async () => {
    await using emulator = await start();
    const url = oauthClient(emulator.url)
      .generateAuthUrl({ scope: ASKED })
      .replace(encodeURIComponent(REDIRECT), encodeURIComponent('https://evil.example/cb'));
    const answer = await fetch(url, { redirect: 'manual' });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('redirect_uri_mismatch');
  });
});

describe('a grant', () => {
  test('refreshes without rotating, and dies by revocation', async () => {
    await using emulator = await start();
    const { auth, api } = await connect(emulator);
    const before = auth.credentials.refresh_token;
    await auth.refreshAccessToken();
    expect(auth.credentials.refresh_token).toBe(before);
    await api.users.getProfile({ userId: 'me' });
    await auth.revokeToken(auth.credentials.access_token ?? '');
    expect(await refusal(api.users.getProfile({ userId: 'me' }))).toMatchObject({
      status: 401,
      reason: 'authError',
    });
    expect(await tokenError(auth.refreshAccessToken())).toMatchObject({
      error: 'invalid_grant',
      error_description: 'Token has been expired or revoked.',
    });
  });

  test('shows each of the ways a refresh can fail', async () => {
    await using emulator = await start();
    const { auth } = await connect(emulator);
    await emulator.setRefreshFailure({ address: ADDRESS, failure: 'bad_request' });
    expect(await tokenError(auth.refreshAccessToken())).toMatchObject({
      error_description: 'Bad Request',
    });
    await emulator.setRefreshFailure({ address: ADDRESS, failure: null });
    await auth.refreshAccessToken();
    await emulator.changePassword({ address: ADDRESS });
    expect(await tokenError(auth.refreshAccessToken())).toMatchObject({ error: 'invalid_grant' });
  });

  test('keeps a hundred refresh tokens, the oldest dropped silently', async () => {
    await using emulator = await start();
    const { auth } = await connect(emulator);
    for (let i = 0; i < 100; i++) await emulator.issueTokens({ address: ADDRESS });
    expect(await emulator.liveRefreshTokens({ address: ADDRESS })).toBe(100);
    expect(await tokenError(auth.refreshAccessToken())).toMatchObject({ error: 'invalid_grant' });
  });

  test('expires with the emulator clock', async () => {
    await using emulator = await start();
    const { api } = await connect(emulator);
    await emulator.advanceClock({ ms: 3_600_000 });
    expect(await refusal(api.users.getProfile({ userId: 'me' }))).toMatchObject({ status: 401 });
  });

  test('answers tokeninfo as google-auth-library reads it', async () => {
    await using emulator = await start();
    const { auth, accessToken } = await connect(emulator);
    const info = await auth.getTokenInfo(accessToken);
    expect(info).toMatchObject({ email: ADDRESS, scopes: [SCOPE.readonly] });
  });
});
