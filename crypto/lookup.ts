import { createHmac, type KeyObject } from 'node:crypto';
import type { DataKey } from './data-key.ts';
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
 * Finds a verdict by Message-ID or sender within one inbox. Its key is kept and destroyed with the
 * data key: nobody can later test whether an address had written.
 */
export const lookupHash = ({ lookup }: DataKey, kind: LookupKind, value: string): Buffer =>
  hmac(lookup, `${kind}\0${value}`);

const hmac = (key: KeyObject, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();
