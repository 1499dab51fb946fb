import type { KeyProvider } from '../crypto/key-provider.ts';
import type { Database } from '../db/database.ts';
import { keysInUse } from '../db/keys-store.ts';

/** Longer than any transaction, between whose start and end a new secret has no row yet. */
const YOUNGEST_MS = 3_600_000;

/**
 * Secrets that no inbox uses: their process died between making one and storing its row, or between
 * taking a key out of use and destroying it. They may be destroyed.
 * @param database the worker's
 * @throws KeyStoreError
 */
export async function unusedKeys(
  database: Database,
  inboxKeys: KeyProvider,
  now: number,
): Promise<string[]> {
  const old = (await inboxKeys.list()).filter((keyId) => now - madeAt(keyId) > YOUNGEST_MS);
  const used = new Set(await database.asNobody((tx) => keysInUse(tx, old)));
  return old.filter((keyId) => !used.has(keyId));
}

/** Epoch ms: a uuid of version 7 begins with it. Other names are not ours, and taken for new. */
const madeAt = (keyId: string): number =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(keyId)
    ? Number.parseInt(keyId.slice(0, 8) + keyId.slice(9, 13), 16)
    : Number.POSITIVE_INFINITY;
