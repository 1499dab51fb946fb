import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyFiles } from '../../crypto/key-files.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { NamedKeys } from '../../crypto/named-keys.ts';

export const freshKey = (): string => randomBytes(32).toString('base64');

/** An empty directory for the secrets of inbox keys, gone with the process. */
export function keyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sambandh-test-keys-'));
  if (made.length === 0) process.on('exit', removeAll);
  made.push(directory);
  return directory;
}

const made: string[] = [];
const removeAll = (): void => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
};

/** The product's own, with keys that nobody else has. */
export const createTestKeyRing = (
  masterKeys = `test:${freshKey()}`,
  directory = keyDirectory(),
): KeyRing => ({
  masters: NamedKeys.parse('MASTER_KEYS', masterKeys),
  inboxKeys: new KeyFiles(directory),
});
