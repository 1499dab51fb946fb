import { ContentFreeError } from '../domain/errors.ts';
import type { Aad } from './aad.ts';

/**
 * Keeps one secret per inbox key outside of the database, and can destroy it. A data key opens with
 * the master key and this secret only, so that a destroyed secret makes every copy of the database
 * useless, older backups too (I7).
 *
 * Nothing is remembered between calls: a secret that any process has destroyed is gone for all.
 */
export interface KeyProvider {
  /** Makes a secret; it is durable when this resolves. `keyId` is a uuid that was never used. */
  create(keyId: string): Promise<void>;
  /** @throws InboxKeyMissingError; KeyStoreError */
  wrap(keyId: string, aad: Aad, plaintext: Uint8Array): Promise<Buffer>;
  /** @throws InboxKeyMissingError; KeyStoreError; SealBrokenError wrong place or changed bytes */
  unwrap(keyId: string, aad: Aad, wrapped: Uint8Array): Promise<Buffer>;
  /** Nothing wrapped by it opens ever again. Asked again, it changes nothing. @throws KeyStoreError */
  destroy(keyId: string): Promise<void>;
  /** Every secret there is, used or not: a process that died may have left one behind. */
  list(): Promise<string[]>;
  /** @throws StartError the store cannot be used, with what to do */
  check(): Promise<void>;
}

/** The database names a secret that the store does not have. */
export class InboxKeyMissingError extends ContentFreeError {
  override readonly name = 'InboxKeyMissing';
  constructor(keyId: string) {
    super(
      `The secret of inbox key ${keyId} is not in the key store. Either the store is not the one ` +
        'that this database was used with, or the database is a backup from before that history ' +
        'was deleted: then delete it again.',
    );
  }
}

/** The store did not do what was asked; the same request may succeed later. */
export class KeyStoreError extends ContentFreeError {
  override readonly name = 'KeyStore';
}
