import { createSecretKey, generateKeySync, type KeyObject } from 'node:crypto';
import type { Aad } from './aad.ts';
import { KEY_BYTES } from './key-material.ts';
import type { KeyRing } from './key-ring.ts';
import { open, seal } from './seal.ts';

/** A data key as stored: useless without the master key it names. */
export interface WrappedDataKey {
  masterKeyId: string;
  wrappedKey: Buffer;
}

export interface KeyOwner {
  orgId: string;
  inboxId: string;
}

/** A new data key for one inbox, wrapped by the ring's current master key. */
export const createDataKey = (
  ring: KeyRing,
  owner: KeyOwner,
): WrappedDataKey & { key: KeyObject } => {
  const key = generateKeySync('aes', { length: KEY_BYTES * 8 });
  return { key, ...wrapDataKey(ring, owner, key) };
};

/** Wraps a data key again under the current master key: rotation, without touching any mail. */
export const wrapDataKey = (ring: KeyRing, owner: KeyOwner, key: KeyObject): WrappedDataKey => ({
  masterKeyId: ring.current.id,
  wrappedKey: seal(ring.current.key, aadOf(owner), key.export()),
});

/** @throws UnknownMasterKeyError; SealBrokenError the key belongs to another inbox or was changed */
export const unwrapDataKey = (
  ring: KeyRing,
  owner: KeyOwner,
  { masterKeyId, wrappedKey }: WrappedDataKey,
): KeyObject => {
  const bytes = open(ring.get(masterKeyId), aadOf(owner), wrappedKey);
  try {
    return createSecretKey(bytes);
  } finally {
    bytes.fill(0);
  }
};

const aadOf = ({ orgId, inboxId }: KeyOwner): Aad => ({
  orgId,
  inboxId,
  column: 'inbox_keys.wrapped_key',
  rowId: inboxId,
});
