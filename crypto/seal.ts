import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { ContentFreeError } from '../domain/errors.ts';
import { type Aad, encodeAad } from './aad.ts';
import { NONCE_BYTES, nextNonce } from './nonce.ts';

/** version 1 byte | nonce 12 | ciphertext | tag 16 */
const VERSION = 1;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;
const CIPHER = 'aes-256-gcm';

/** Names the place and never the content, so that it may be logged. */
export class SealBrokenError extends ContentFreeError {
  override readonly name = 'SealBroken';
  constructor(aad: Aad, why: string) {
    super(`${aad.column} of row ${aad.rowId} (inbox ${aad.inboxId}) does not open: ${why}`);
  }
}

/** Seals with AES-256-GCM under a fresh random nonce. */
export const seal = (key: KeyObject, aad: Aad, plaintext: string | Uint8Array): Buffer => {
  const nonce = nextNonce();
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(encodeAad(aad));
  const body =
    typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([Buffer.of(VERSION), nonce, body, cipher.getAuthTag()]);
};

/** @throws SealBrokenError wrong key, wrong place, changed bytes, or not a sealed value at all */
export const open = (key: KeyObject, aad: Aad, sealed: Uint8Array): Buffer => {
  if (sealed.length < HEADER_BYTES + TAG_BYTES) throw new SealBrokenError(aad, 'it is too short');
  if (sealed[0] !== VERSION) {
    throw new SealBrokenError(aad, `its version is ${sealed[0]}, this code knows ${VERSION}`);
  }
  const tagAt = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(1, HEADER_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(encodeAad(aad));
  decipher.setAuthTag(sealed.subarray(tagAt));
  const plaintext = decipher.update(sealed.subarray(HEADER_BYTES, tagAt));
  try {
    decipher.final();
  } catch {
    // Nothing of `plaintext` may leave before this: it is not authentic until the tag has matched.
    throw new SealBrokenError(aad, 'another key, another place, or changed bytes');
  }
  return plaintext;
};

export const sealJson = (key: KeyObject, aad: Aad, value: unknown): Buffer => {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`Nothing to seal for ${aad.column}: not JSON`);
  return seal(key, aad, text);
};

export const openJson = <T>(key: KeyObject, aad: Aad, sealed: Uint8Array): T =>
  JSON.parse(open(key, aad, sealed).toString('utf8')) as T;
