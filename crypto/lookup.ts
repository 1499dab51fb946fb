import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { parseKey } from './key-material.ts';

/** @throws WeakKeyError */
export const parseLookupKey = (base64: string): KeyObject => parseKey('LOOKUP_KEY', base64);

/**
 * Finds the inbox that a push names, without storing the mailbox address.
 * @param address normalised by the caller: equal mailboxes must arrive as equal texts
 */
export const addressHash = (lookupKey: KeyObject, provider: string, address: string): Buffer =>
  hmac(lookupKey, `address\0${provider}\0${address}`);

export type LookupKind = 'rfc-id' | 'sender';

/**
 * Finds a verdict by Message-ID or sender within one inbox. Its key derives from the data key, so it
 * dies with the history: nobody can later test whether an address had written.
 */
export const lookupHash = (dataKey: KeyObject, kind: LookupKind, value: string): Buffer =>
  hmac(lookupKeyOf(dataKey), `${kind}\0${value}`);

const derived = new WeakMap<KeyObject, KeyObject>();

const lookupKeyOf = (dataKey: KeyObject): KeyObject => {
  const known = derived.get(dataKey);
  if (known) return known;
  const bytes = hkdfSync('sha256', dataKey, Buffer.alloc(0), 'sambandh inbox lookup 1', 32);
  const key = createSecretKey(Buffer.from(bytes));
  derived.set(dataKey, key);
  return key;
};

const hmac = (key: KeyObject, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();
