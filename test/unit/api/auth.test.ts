import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createAuthenticate } from '../../../api/auth.ts';

const sign = (
  key: Parameters<SignJWT['sign']>[0],
  header: { alg: string; kid?: string },
  claims = {},
) =>
  new SignJWT({ org: 'acme', ...claims })
    .setProtectedHeader(header)
    .setSubject('ann')
    .setExpirationTime('5m')
    .sign(key);

describe('tokens checked by a key server', () => {
  it('takes its keys, its issuer and its audience, and no shared secret', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' };
    const server = createServer((_req, res) => res.end(JSON.stringify({ keys: [jwk] })));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const authenticate = createAuthenticate({ jwksUrl, issuer: 'https://id', audience: 'sync' });
    const claims = { iss: 'https://id', aud: 'sync', roles: ['admin'], email: 'a@x.example' };
    const header = { alg: 'RS256', kid: 'k' };
    expect(await authenticate(await sign(privateKey, header, claims))).toEqual({
      orgId: 'acme',
      userId: 'ann',
      roles: ['admin'],
      email: 'a@x.example',
    });
    const refused = [
      await sign(privateKey, header, { ...claims, aud: 'other' }),
      await sign(privateKey, header, { ...claims, iss: 'https://evil' }),
      await sign(privateKey, header, { iss: 'https://id' }),
      // The public key, taken for a shared secret.
      await sign(new TextEncoder().encode(JSON.stringify(jwk)), { alg: 'HS256', kid: 'k' }, claims),
      await sign((await generateKeyPair('RS256')).privateKey, header, claims),
    ];
    for (const token of refused) {
      await expect(authenticate(token)).rejects.toMatchObject({ code: 'unauthenticated' });
    }
    server.close();
  });

  it('does not call a token bad when the key server is away', async () => {
    const { privateKey } = await generateKeyPair('RS256');
    const token = await sign(privateKey, { alg: 'RS256', kid: 'k' });
    for (const status of [500, 404, 200]) {
      const server = createServer((_req, res) => res.writeHead(status).end('no JSON'));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const authenticate = createAuthenticate({ jwksUrl });
      await expect(authenticate(token)).rejects.toMatchObject({ code: 'temporarily-unavailable' });
      server.close();
    }
    const gone = createAuthenticate({ jwksUrl: 'http://127.0.0.1:1/' });
    await expect(gone(token)).rejects.toMatchObject({ code: 'temporarily-unavailable' });
  });
});
