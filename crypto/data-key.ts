import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Aad } from './aad.ts';
import { KEY_BYTES } from './key-material.ts';
import type { KeyRing } from './key-ring.ts';
import { open, SealBrokenError, seal } from './seal.ts';

/** What opens and seals the history of one inbox. */
export interface DataKey {
  /** Seals, and opens what it sealed. */
  readonly current: KeyObject;
  /** Before the last rotation; they only open, until every row is sealed anew. */
  readonly older: readonly KeyObject[];
  /** For keyed hashes; stays the same when the data key rotates, as their texts are not kept. */
  readonly lookup: KeyObject;
}

/** A data key as stored: useless without the master key and the inbox key's secret it names. */
export interface WrappedDataKey {
  /** Names the secret outside of the database; a uuid of version 7, so that it tells its age. */
  keyId: string;
  masterKeyId: string;
  wrappedKey: Buffer;
}

export interface KeyOwner {
  orgId: string;
  inboxId: string;
}

/**
 * A new data key for one inbox. Its secret is durable in the key store when this resolves; if its row
 * is then never stored, the secret is swept as unused.
 * @param rotated the data key it takes over from, whose keyed hashes stay valid
 * @throws KeyStoreError
 */
export const createDataKey = async (
  ring: KeyRing,
  owner: KeyOwner,
  rotated?: DataKey,
): Promise<WrappedDataKey & { key: DataKey }> => {
  const keyId = uuidv7();
  await ring.inboxKeys.create(keyId);
  const lookup = rotated?.lookup.export() ?? randomBytes(KEY_BYTES);
  const bundle = Buffer.concat([randomBytes(KEY_BYTES), lookup]);
  const key = keysOf(bundle);
  const older = rotated ? [rotated.current, ...rotated.older] : [];
  try {
    return { ...(await wrap(ring, owner, keyId, bundle)), key: { ...key, older } };
  } finally {
    bundle.fill(0);
  }
};

/**
 * @param wrapped newest first; at least one
 * @throws UnknownKeyError; InboxKeyMissingError; KeyStoreError
 * @throws SealBrokenError the key belongs to another inbox or was changed
 */
export const unwrapDataKey = async (
  ring: KeyRing,
  owner: KeyOwner,
  wrapped: readonly WrappedDataKey[],
): Promise<DataKey> => {
  const [newest, ...older] = await Promise.all(
    wrapped.map(async (one) => {
      const bundle = await unwrap(ring, owner, one);
      try {
        return keysOf(bundle);
      } finally {
        bundle.fill(0);
      }
    }),
  );
  if (!newest) throw new TypeError('There is no key to unwrap.');
  return { ...newest, older: older.map(({ current }) => current) };
};

/** The same key under the current master key: rotation, without touching any mail. */
export const rewrapDataKey = async (
  ring: KeyRing,
  owner: KeyOwner,
  wrapped: WrappedDataKey,
): Promise<WrappedDataKey> => {
  const bundle = await unwrap(ring, owner, wrapped);
  try {
    return await wrap(ring, owner, wrapped.keyId, bundle);
  } finally {
    bundle.fill(0);
  }
};

/** @throws SealBrokenError no key of this inbox opens it */
export const openJsonBy = <T>(key: DataKey, aad: Aad, sealed: Uint8Array): T =>
  JSON.parse(openBy(key, aad, sealed).toString('utf8')) as T;

/** The same content under the current key. @throws SealBrokenError */
export const resealBy = (key: DataKey, aad: Aad, sealed: Uint8Array): Buffer =>
  seal(key.current, aad, openBy(key, aad, sealed));

const openBy = (key: DataKey, aad: Aad, sealed: Uint8Array): Buffer => {
  for (const one of [key.current, ...key.older]) {
    try {
      return open(one, aad, sealed);
    } catch (error) {
      if (!(error instanceof SealBrokenError) || key.older.length === 0) throw error;
    }
  }
  throw new SealBrokenError(aad, 'another key, another place, or changed bytes');
};

/** The master key inside, the secret outside: either alone opens nothing. */
const wrap = async (
  ring: KeyRing,
  owner: KeyOwner,
  keyId: string,
  bundle: Buffer,
): Promise<WrappedDataKey> => {
  const aad = aadOf(owner, keyId);
  const { id: masterKeyId, key: master } = ring.masters.current;
  const wrappedKey = await ring.inboxKeys.wrap(keyId, aad, seal(master, aad, bundle));
  return { keyId, masterKeyId, wrappedKey };
};

const unwrap = async (
  ring: KeyRing,
  owner: KeyOwner,
  { keyId, masterKeyId, wrappedKey }: WrappedDataKey,
): Promise<Buffer> => {
  const master = ring.masters.get(masterKeyId);
  const aad = aadOf(owner, keyId);
  return open(master, aad, await ring.inboxKeys.unwrap(keyId, aad, wrappedKey));
};

const keysOf = (bundle: Buffer): { current: KeyObject; lookup: KeyObject } => ({
  current: createSecretKey(bundle.subarray(0, KEY_BYTES)),
  lookup: createSecretKey(bundle.subarray(KEY_BYTES)),
});

const aadOf = ({ orgId, inboxId }: KeyOwner, keyId: string): Aad => ({
  orgId,
  inboxId,
  column: 'inbox_keys.wrapped_key',
  rowId: keyId,
});
