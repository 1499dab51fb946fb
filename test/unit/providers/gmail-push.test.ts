import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGmailPushVerifier } from '../../../providers/gmail/push.ts';

const AUDIENCE = 'https://crm.example/hooks/gmail';
const ROBOT = 'push@project.iam.gserviceaccount.com';
const SUBSCRIPTION = 'projects/p/subscriptions/s';

const google = await generateKeyPair('RS256');
const stranger = await generateKeyPair('RS256');
const jwk = { ...(await exportJWK(google.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
let fetched = 0;
const server = createServer((_, response) => {
  fetched++;
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
});
let certs = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  certs = `http://127.0.0.1:${(server.address() as AddressInfo).port}/certs`;
});
afterAll(() => server.close());

const verifier = (url = certs) =>
  createGmailPushVerifier({
    certs: url,
    audience: AUDIENCE,
    issuer: 'https://accounts.google.com',
    serviceAccount: ROBOT,
    subscription: SUBSCRIPTION,
    timeoutMs: 2_000,
  });

const now = () => Math.floor(Date.now() / 1_000);
const bearer = async (claims: JWTPayload = {}, { key = google.privateKey, kid = 'k1' } = {}) => {
  const all = {
    iss: 'https://accounts.google.com',
    aud: AUDIENCE,
    email: ROBOT,
    email_verified: true,
    iat: now(),
    exp: now() + 3_600,
    ...claims,
  };
  return `Bearer ${await new SignJWT(all).setProtectedHeader({ alg: 'RS256', kid }).sign(key)}`;
};

const envelope = (data: unknown = { emailAddress: 'u@x.com', historyId: '123' }, more = {}) => ({
  message: {
    data: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)).toString('base64'),
    messageId: 'm1',
    publishTime: '2026-06-01T10:00:00.000Z',
  },
  subscription: SUBSCRIPTION,
  ...more,
});

describe('Gmail push', () => {
  it('reads an authentic one, as text or JSON, historyId as string or number', async () => {
    const verify = verifier();
    const push = {
      emailAddress: 'u@x.com',
      historyId: '123',
      messageId: 'm1',
      publishTime: '2026-06-01T10:00:00.000Z',
    };
    const authorizationHeader = await bearer();
    await expect(verify({ authorizationHeader, body: envelope() })).resolves.toEqual(push);
    const body = JSON.stringify(envelope({ emailAddress: 'u@x.com', historyId: 123 }));
    await expect(verify({ authorizationHeader, body })).resolves.toEqual(push);
  });

  it('asks for the keys once, not for every push', async () => {
    const verify = verifier();
    const before = fetched;
    const authorizationHeader = await bearer();
    for (let n = 0; n < 3; n++) await verify({ authorizationHeader, body: envelope() });
    expect(fetched - before).toBe(1);
  });

  it.each<[string, () => Promise<string> | string | undefined, string]>([
    ['no header', () => undefined, 'no_token'],
    ['basic auth', () => 'Basic eDp5', 'no_token'],
    ['garbage', () => 'Bearer a.b.c', 'bad_token'],
    ['another audience', () => bearer({ aud: 'https://else.example' }), 'bad_token'],
    ['another issuer', () => bearer({ iss: 'https://evil.example' }), 'bad_token'],
    ['an expired one', () => bearer({ iat: now() - 7_200, exp: now() - 3_600 }), 'bad_token'],
    ['another key', () => bearer({}, { key: stranger.privateKey }), 'bad_token'],
    ['an unknown key id', () => bearer({}, { kid: 'k2' }), 'bad_token'],
    ['another account', () => bearer({ email: 'evil@x.iam.gserviceaccount.com' }), 'wrong_sender'],
    ['an unverified account', () => bearer({ email_verified: false }), 'wrong_sender'],
  ])('refuses %s', async (_, header, reason) => {
    const authorizationHeader = await header();
    await expect(verifier()({ authorizationHeader, body: envelope() })).rejects.toMatchObject({
      name: 'PushRefused',
      reason,
    });
  });

  it.each([
    ['not JSON', 'x', 'bad_envelope'],
    ['no message', { subscription: SUBSCRIPTION }, 'bad_envelope'],
    ['data of another kind', envelope('hello'), 'bad_envelope'],
    ['no history id', envelope({ emailAddress: 'u@x.com' }), 'bad_envelope'],
    [
      'another subscription',
      envelope(undefined, { subscription: 'projects/p/subscriptions/t' }),
      'wrong_sender',
    ],
  ])('refuses an envelope with %s', async (_, body, reason) => {
    const authorizationHeader = await bearer();
    await expect(verifier()({ authorizationHeader, body })).rejects.toMatchObject({ reason });
  });

  it('tells a failure to get the keys from a bad push', async () => {
    const verify = verifier('http://127.0.0.1:1/certs');
    const authorizationHeader = await bearer();
    await expect(verify({ authorizationHeader, body: envelope() })).rejects.toMatchObject({
      name: 'ProviderUnavailable',
    });
  });
});
