import type { KeyProvider } from '../crypto/key-provider.ts';
import type { Database } from '../db/database.ts';
import { keysInUse } from '../db/keys-store.ts';

/**
 * Far longer than any transaction, between whose start and end a new secret has no row yet: long
 * enough to notice that a database was restored from the wrong backup, whose newer inboxes look unused.
 */
const YOUNGEST_MS = 7 * 86_400_000;

/**
 * Secrets that no inbox uses: their process died between making one and storing its row, or between
 * taking a key out of use and destroying it. They may be destroyed. None is named where they are more
 * than those in use: then the store is rather another database's.
 * @param database the worker's
 * @throws KeyStoreError
 */
export async function unusedKeys(
  database: Database,
  inboxKeys: KeyProvider,
  now: number,
): Promise<string[]> {
  const all = await inboxKeys.list();
  const used = new Set(await database.asNobody((tx) => keysInUse(tx, all)));
  const unused = all.filter((keyId) => now - madeAt(keyId) > YOUNGEST_MS && !used.has(keyId));
  return unused.length > used.size ? [] : unused;
}

/** Epoch ms: a uuid of version 7 begins with it. Other names are not ours, and taken for new. */
const madeAt = (keyId: string): number =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(keyId)
    ? Number.parseInt(keyId.slice(0, 8) + keyId.slice(9, 13), 16)
    : Number.POSITIVE_INFINITY;
