import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyFiles } from '../../crypto/key-files.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { NamedKeys } from '../../crypto/named-keys.ts';

export const freshKey = (): string => randomBytes(32).toString('base64');

/** An empty directory for the secrets of inbox keys, gone with the run of tests. */
export const keyDirectory = (): string =>
  mkdtempSync(join(process.env.TEST_RUN_DIR ?? tmpdir(), 'sambandh-test-keys-'));

/** The product's own, with keys that nobody else has. */
export const createTestKeyRing = (
  masterKeys = `test:${freshKey()}`,
  directory = keyDirectory(),
): KeyRing => ({
  masters: NamedKeys.parse('MASTER_KEYS', masterKeys),
  inboxKeys: new KeyFiles(directory),
});
