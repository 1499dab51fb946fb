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

/**
 * What a push has to say to count as one for this inbox, in this epoch and from this organisation.
 * Nothing of it is stored: whoever has the key makes it again.
 */
export const pushSecret = (
  lookupKey: KeyObject,
  { inboxId, epoch, tenant }: { inboxId: string; epoch: number; tenant: string },
): string => hmac(lookupKey, `push\0${inboxId}\0${epoch}\0${tenant}`).toString('base64url');

export type LookupKind = 'rfc-id' | 'sender' | 'request';

/**
 * Finds a verdict by Message-ID or sender within one inbox. Its key is kept and destroyed with the
 * data key: nobody can later test whether an address had written.
 */
export const lookupHash = ({ lookup }: DataKey, kind: LookupKind, value: string): Buffer =>
  hmac(lookup, `${kind}\0${value}`);

const hmac = (key: KeyObject, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();
