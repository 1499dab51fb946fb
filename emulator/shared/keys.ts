import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { selfSigned } from './x509.ts';

/** An RSA key that signs tokens, with its public half in the two forms the provider publishes. */
interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  jwk: Record<string, string>;
  /** X.509 certificate in PEM. */
  certificate: string;
}

let shared: SigningKey | undefined;

/** One key per process: making one takes 100 ms, and tests start many emulators. */
export const signingKey = (): SigningKey => {
  if (shared) return shared;
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = 'emulator-key-1';
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  shared = {
    kid,
    privateKey,
    jwk: { kty: 'RSA', alg: 'RS256', use: 'sig', kid, n, e },
    certificate: selfSigned(publicKey, privateKey, 'emulator.invalid'),
  };
  return shared;
};

/** A compact RS256 JWT. */
export const signJwt = (claims: Record<string, unknown>): string => {
  const key = signingKey();
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const head = encode({ alg: 'RS256', kid: key.kid, typ: 'JWT' });
  const signed = `${head}.${encode(claims)}`;
  const signature = createSign('RSA-SHA256').update(signed).sign(key.privateKey, 'base64url');
  return `${signed}.${signature}`;
};
