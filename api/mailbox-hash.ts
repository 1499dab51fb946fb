import type { KeyObject } from 'node:crypto';
import { addressHash } from '../crypto/lookup.ts';
import { matchKeyOf } from '../domain/address.ts';
import type { Provider } from '../domain/inbox.ts';

/** Finds a mailbox however its address is written: pushes and profiles differ in case and dots. */
export function mailboxHash(lookupKey: KeyObject, provider: Provider, address: string): Buffer {
  const normalised = matchKeyOf(address) ?? address.trim().toLowerCase();
  return addressHash(lookupKey, provider, normalised);
}
