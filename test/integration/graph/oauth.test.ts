import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../emulator/index.ts';
import {
  adminConsentUrl,
  authorizationUrl,
  type EntraGrant,
  exchangeCode,
  renewGrant,
} from '../../../providers/graph/oauth.ts';
import type { GraphOAuthOptions } from '../../../providers/graph/options.ts';
import { clientOf, graphOptions, OUTLOOK, startMicrosoft } from './support.ts';

describe('signing in to Microsoft with msal', () => {
  let emulator: Emulator;
  let options: GraphOAuthOptions;
  beforeAll(async () => {
    emulator = await startMicrosoft();
    await emulator.createOutlookAccount({ address: 'lea@outlook.example', kind: 'personal' });
    options = graphOptions(emulator.url);
  });
  afterAll(() => emulator.close());
  beforeEach(async () => {
    await emulator.clearFaults();
    await emulator.clearLog();
    await emulator.setSignInFailure({ address: OUTLOOK, failure: null });
    await emulator.setEntra({ scopesAs: 'asked' });
  });

  const codeFor = async (address = OUTLOOK) => {
    const { url, codeVerifier } = await authorizationUrl(options, { state: 's', loginHint: null });
    const { redirectUrl } = await emulator.signIn({ url, address });
    return { code: new URL(redirectUrl).searchParams.get('code') ?? '', codeVerifier };
  };
  const signIn = async (address = OUTLOOK): Promise<EntraGrant> =>
    exchangeCode(options, await codeFor(address));

  it('B5 asks for reading mail and lasting access, and nothing else of the mailbox', async () => {
    const { url } = await authorizationUrl(options, { state: 'the-state', loginHint: OUTLOOK });
    const query = new URL(url).searchParams;
    expect(query.get('scope')?.split(' ').sort()).toEqual(
      ['User.Read', 'Mail.Read', 'offline_access', 'openid', 'profile'].sort(),
    );
    expect(query.get('state')).toBe('the-state');
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('login_hint')).toBe(OUTLOOK);
    expect(query.get('prompt')).toBeNull();
    const { url: unhinted } = await authorizationUrl(options, { state: 's', loginHint: null });
    expect(new URL(unhinted).searchParams.get('prompt')).toBe('select_account');
  });

  it.each([OUTLOOK, 'lea@outlook.example'])('P8 %s gets tokens that read mail', async (address) => {
    const grant = await signIn(address);
    expect(grant.grantedScopes).toEqual(expect.arrayContaining(['User.Read', 'Mail.Read']));
    expect(grant.tokenCache).not.toBeNull();
    expect(grant.expiresAt).toBeGreaterThan(Date.now() + 3_000_000);
    const access = { accessToken: grant.accessToken, signal: AbortSignal.timeout(5_000) };
    const me = { method: 'me', to: { path: '/me' } } as const;
    expect(await clientOf(emulator.url).request(me, access)).toMatchObject({ mail: address });
  });

  it('scopes are told alike, however Entra writes them', async () => {
    await emulator.setEntra({ scopesAs: 'prefixed' });
    const { grantedScopes } = await signIn();
    expect(grantedScopes).toEqual(expect.arrayContaining(['User.Read', 'Mail.Read']));
  });

  it('renews, and hands out the next refresh token with it', async () => {
    const first = await signIn();
    const second = await renewGrant(options, { tokenCache: first.tokenCache ?? '' });
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(refreshTokenIn(second)).not.toBe(refreshTokenIn(first));
    expect(second.tenant).toBe(first.tenant);
    const third = await renewGrant(options, { tokenCache: second.tokenCache ?? '' });
    expect(refreshTokenIn(third)).not.toBe(refreshTokenIn(second));
    const tokens = (await emulator.accessLog()).filter(({ method }) => method === 'entra.token');
    expect(tokens).toHaveLength(3);
  });

  it('asks for the send scope when told to; from then on Entra puts it into every token', async () => {
    const { url, codeVerifier } = await authorizationUrl(options, {
      ...{ state: 'a state', loginHint: OUTLOOK, send: true },
    });
    const { redirectUrl } = await emulator.signIn({ url, address: OUTLOOK });
    const code = new URL(redirectUrl).searchParams.get('code') ?? '';
    const grant = await exchangeCode(options, { code, codeVerifier, send: true });
    expect(grant.grantedScopes).toContain('Mail.Send');
    const tokenCache = grant.tokenCache ?? '';
    const sending = await renewGrant(options, { tokenCache, send: true });
    expect(sending.grantedScopes).toContain('Mail.Send');
    const reading = await renewGrant(options, { tokenCache });
    expect(reading.grantedScopes).toEqual(expect.arrayContaining(['Mail.Read', 'Mail.Send']));
  });

  const refreshTokenIn = ({ tokenCache }: EntraGrant): unknown => {
    const cache = JSON.parse(tokenCache ?? '') as {
      RefreshToken: Record<string, { secret: string }>;
    };
    return Object.values(cache.RefreshToken)[0]?.secret;
  };

  it('a crash before the save loses nothing: the refresh token before works on', async () => {
    const first = await signIn();
    await renewGrant(options, { tokenCache: first.tokenCache ?? '' });
    const again = await renewGrant(options, { tokenCache: first.tokenCache ?? '' });
    expect(again.tokenCache).not.toBeNull();
  });

  it('a code works once, and with its own verifier only', async () => {
    const answer = await codeFor();
    await exchangeCode(options, answer);
    const refused = { name: 'RequestRefused' };
    await expect(exchangeCode(options, answer)).rejects.toMatchObject(refused);
    const other = { ...(await codeFor()), codeVerifier: answer.codeVerifier };
    await expect(exchangeCode(options, other)).rejects.toMatchObject(refused);
  });

  it.each([
    [700082, 'TokenRevoked'],
    [70008, 'TokenRevoked'],
    [50173, 'TokenRevoked'],
    [70043, 'TokenRevoked'],
    [50057, 'TokenRevoked'],
    [50034, 'TokenRevoked'],
    [50076, 'TokenRevoked'],
    [50079, 'TokenRevoked'],
    [53003, 'TokenRevoked'],
    [70000, 'TokenRevoked'],
    [65001, 'ConsentRequired'],
    [700016, 'ClientRefused'],
    [7000222, 'ClientRefused'],
    [90033, 'ProviderUnavailable'],
  ])('a refresh refused with AADSTS%i is %s, in one attempt', async (code, name) => {
    const { tokenCache } = await signIn();
    await emulator.clearLog();
    await emulator.setSignInFailure({ address: OUTLOOK, failure: { code } });
    await expect(renewGrant(options, { tokenCache: tokenCache ?? '' })).rejects.toMatchObject({
      name,
    });
    expect(await emulator.accessLog()).toHaveLength(1);
  });

  it.each([
    [{ kind: 'reset' }, 'ProviderUnavailable'],
    [{ kind: 'truncate' }, 'ProviderUnavailable'],
    [{ kind: 'status', status: 502, body: '<html>' }, 'ProviderUnavailable'],
    [{ kind: 'status', status: 429, headers: { 'retry-after': '7' }, body: {} }, 'RateLimited'],
  ] as const)('a token server that meets %j is %s', async (effect, name) => {
    const { tokenCache } = await signIn();
    await emulator.armFault({ method: 'entra.token', effect });
    await expect(renewGrant(options, { tokenCache: tokenCache ?? '' })).rejects.toMatchObject({
      name,
    });
  });

  it('ends with our own signal, and with a token server that is too slow', async () => {
    const { tokenCache } = await signIn();
    await emulator.armFault({ method: 'entra.token', effect: { kind: 'hang' } });
    const impatient = { ...options, timeoutMs: 50 };
    const slow = { name: 'ProviderUnavailable' };
    await expect(renewGrant(impatient, { tokenCache: tokenCache ?? '' })).rejects.toMatchObject(
      slow,
    );
    const reason = new Error('cancelled');
    const cancelled = AbortSignal.abort(reason);
    await expect(renewGrant(options, { tokenCache: tokenCache ?? '' }, cancelled)).rejects.toBe(
      reason,
    );
  });

  it('a cache that names no account is a grant that is gone', async () => {
    await expect(renewGrant(options, { tokenCache: '{}' })).rejects.toMatchObject({
      name: 'TokenRevoked',
    });
  });

  it('an administrator is asked for the same two permissions, for a work tenant', () => {
    const url = new URL(adminConsentUrl(options, 'the-state'));
    expect(url.pathname).toBe('/organizations/v2.0/adminconsent');
    expect(url.searchParams.get('scope')).toBe(
      'https://graph.microsoft.com/User.Read https://graph.microsoft.com/Mail.Read',
    );
    expect(url.searchParams.get('state')).toBe('the-state');
  });
});
