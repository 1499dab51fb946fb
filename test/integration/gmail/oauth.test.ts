import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  authorizationUrl,
  createCodeVerifier,
  exchangeCode,
  READ_SCOPE,
  refreshTokens,
  revokeGrant,
  SEND_SCOPE,
} from '../../../providers/gmail/oauth.ts';
import { ADDRESS, type Rig, startRig } from './support.ts';

describe('Google OAuth', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const consent = async (request: { send?: boolean; scopes?: string[] } = {}) => {
    const codeVerifier = createCodeVerifier();
    const { scopes, ...rest } = request;
    const authUrl = authorizationUrl(rig.options, { state: 's1', codeVerifier, ...rest });
    const allow = { authUrl, address: ADDRESS, ...(scopes && { scopes }) };
    const { redirectUrl } = await rig.emulator.consent(allow);
    const back = new URL(redirectUrl).searchParams;
    expect(back.get('state')).toBe('s1');
    return { code: back.get('code') ?? '', codeVerifier };
  };

  it('asks to read and nothing else until sending is turned on (P2, B5, I11)', () => {
    const scopes = (send: boolean) =>
      new URL(authorizationUrl(rig.options, { state: 's', codeVerifier: 'v', send })).searchParams;
    expect(scopes(false).get('scope')).toBe(READ_SCOPE);
    expect(scopes(false).get('include_granted_scopes')).toBe('false');
    expect(scopes(true).get('scope')).toBe(`${READ_SCOPE} ${SEND_SCOPE}`);
    expect(scopes(false).get('code_challenge_method')).toBe('S256');
    expect(scopes(false).has('login_hint')).toBe(false);
  });

  it('exchanges a code for tokens that work, and renews them', async () => {
    const granted = await exchangeCode(rig.options, await consent());
    expect(granted.grantedScopes).toContain(READ_SCOPE);
    expect(granted.expiresAt).toBeGreaterThan(Date.now() + 3_000_000);
    expect(granted.expiresAt).toBeLessThan(Date.now() + 3_700_000);
    const renewed = await refreshTokens(rig.options, granted.refreshToken ?? '');
    expect(renewed.accessToken).not.toBe(granted.accessToken);
    expect(renewed.refreshToken).toBeNull();
  });

  it('shows which scopes were left ticked', async () => {
    const granted = await exchangeCode(
      rig.options,
      await consent({ send: true, scopes: [READ_SCOPE] }),
    );
    expect(granted.grantedScopes).not.toContain(SEND_SCOPE);
  });

  it('refuses a code twice, and without its verifier', async () => {
    const grant = await consent();
    await exchangeCode(rig.options, grant);
    const refused = { name: 'RequestRefused' };
    await expect(exchangeCode(rig.options, grant)).rejects.toMatchObject(refused);
    const other = { ...(await consent()), codeVerifier: createCodeVerifier() };
    await expect(exchangeCode(rig.options, other)).rejects.toMatchObject(refused);
  });

  it('calls a grant that was revoked, here or there, dead', async () => {
    const { refreshToken } = await exchangeCode(rig.options, await consent());
    await revokeGrant(rig.options, refreshToken ?? '');
    const dead = { name: 'TokenRevoked', retryable: false };
    await expect(refreshTokens(rig.options, refreshToken ?? '')).rejects.toMatchObject(dead);
    await revokeGrant(rig.options, refreshToken ?? '');
  });

  it.each([
    [{ kind: 'status', status: 503 }, 'ProviderUnavailable'],
    [{ kind: 'status', status: 400, body: '<html>' }, 'ProviderUnavailable'],
    [{ kind: 'reset' }, 'ProviderUnavailable'],
    [{ kind: 'truncate' }, 'ProviderUnavailable'],
    [{ kind: 'preset', preset: 'invalidGrant400' }, 'TokenRevoked'],
    [{ kind: 'status', status: 429, body: {} }, 'RateLimited'],
    [{ kind: 'status', status: 401, body: { error: 'invalid_client' } }, 'ClientRefused'],
    [{ kind: 'status', status: 400, body: { error: 'admin_policy_enforced' } }, 'ConsentRequired'],
    [{ kind: 'status', status: 200, body: { hello: 1 } }, 'ProviderUnavailable'],
  ] as const)('a renewal that meets %j is %s, in one attempt', async (effect, name) => {
    const { refreshToken } = await exchangeCode(rig.options, await consent());
    await rig.emulator.clearLog();
    await rig.emulator.armFault({ method: 'oauth.token', effect });
    await expect(refreshTokens(rig.options, refreshToken ?? '')).rejects.toMatchObject({ name });
    await rig.emulator.clearFaults();
    const log = await rig.emulator.accessLog();
    expect(log.filter(({ method }) => method === 'oauth.token')).toHaveLength(1);
  });

  it('gives up after timeoutMs, and at once when cancelled', async () => {
    await rig.emulator.armFault({ method: 'oauth.token', effect: { kind: 'hang' } });
    const impatient = { ...rig.options, timeoutMs: 200 };
    await expect(refreshTokens(impatient, 't')).rejects.toMatchObject({
      name: 'ProviderUnavailable',
    });
    const reason = new Error('cancelled');
    const signal = AbortSignal.abort(reason);
    await expect(refreshTokens(rig.options, 't', signal)).rejects.toBe(reason);
    await rig.emulator.clearFaults();
  });
});
