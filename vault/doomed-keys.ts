import type { KeyProvider } from '../crypto/key-provider.ts';
import type { Tx } from '../db/database.ts';
import { noteDestroyed, readDoomedKeys } from '../db/keys-store.ts';

/**
 * Destroys the secrets of keys that a committed transaction took out of use. Nothing reads by them
 * any more; from here on no backup of the database opens either (I7). After a crash it is done
 * again: the rows go only when the secrets are gone.
 * @param transaction opens one as the inbox's owner or worker
 * @throws KeyStoreError
 */
export async function destroyDoomedKeys(
  transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
  inboxKeys: KeyProvider,
  inboxId: string,
): Promise<void> {
  const keyIds = await transaction((tx) => readDoomedKeys(tx, inboxId));
  for (const keyId of keyIds) await inboxKeys.destroy(keyId);
  await transaction((tx) => noteDestroyed(tx, inboxId, keyIds));
}
