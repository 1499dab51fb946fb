import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../config/secret.ts';
import { KeyFiles } from '../../../crypto/key-files.ts';
import {
  InboxKeyMissingError,
  type KeyProvider,
  KeyStoreError,
} from '../../../crypto/key-provider.ts';
import { KeyVault } from '../../../crypto/key-vault.ts';
import { SealBrokenError } from '../../../crypto/seal.ts';
import { keyDirectory } from '../../support/key-ring.ts';
import { startTransitServer, type TransitServer } from '../../support/transit-server.ts';

const AAD = { orgId: 'acme', inboxId: 'i', column: 'inbox_keys.wrapped_key', rowId: 'k' };
const SECRET = Buffer.from('a data key, sealed by a master key');

let transit: TransitServer;
beforeAll(async () => {
  transit = await startTransitServer();
});
afterAll(() => transit[Symbol.asyncDispose]());

const vaultWith = (options: { token?: Secret; timeoutMs?: number; url?: string } = {}): KeyVault =>
  new KeyVault({
    url: transit.url,
    mount: 'transit',
    token: new Secret(transit.token),
    timeoutMs: 2_000,
    ...options,
  });

/** Private to its process, and closed to files of anybody's. */
const ROOT_CANNOT_WRITE = '/proc/self/fd';

const readOnly = (directory: string): string => {
  chmodSync(directory, 0o500);
  return directory;
};

/** Two processes that share a store. */
const STORES: Record<string, () => [KeyProvider, KeyProvider]> = {
  files: () => {
    const directory = keyDirectory();
    return [new KeyFiles(directory), new KeyFiles(directory)];
  },
  'the key service': () => [vaultWith(), vaultWith()],
};

describe.each(Object.entries(STORES))('a key provider: %s', (_name, open) => {
  let one: KeyProvider;
  let other: KeyProvider;
  let keyId: string;
  beforeEach(async () => {
    [one, other] = open();
    keyId = randomUUID();
    await one.check();
    await one.create(keyId);
  });

  it('what one process wraps another opens, in its place and no other', async () => {
    const wrapped = await one.wrap(keyId, AAD, SECRET);
    expect(wrapped.includes(SECRET)).toBe(false);
    expect(await other.unwrap(keyId, AAD, wrapped)).toEqual(SECRET);
    const moved = { ...AAD, inboxId: 'j' };
    await expect(other.unwrap(keyId, moved, wrapped)).rejects.toThrow(SealBrokenError);
    const second = randomUUID();
    await one.create(second);
    await expect(one.unwrap(second, AAD, wrapped)).rejects.toThrow(SealBrokenError);
  });

  it('I7 a destroyed secret is gone at once, for a process that has just used it too', async () => {
    const wrapped = await one.wrap(keyId, AAD, SECRET);
    expect(await other.unwrap(keyId, AAD, wrapped)).toEqual(SECRET);
    await one.destroy(keyId);
    await expect(other.unwrap(keyId, AAD, wrapped)).rejects.toThrow(InboxKeyMissingError);
    await expect(other.wrap(keyId, AAD, SECRET)).rejects.toThrow(InboxKeyMissingError);
    // By an attempt whose answer was lost, and by two at once.
    await Promise.all([one.destroy(keyId), other.destroy(keyId)]);
  });

  it('lists every secret there is', async () => {
    const second = randomUUID();
    await other.create(second);
    expect(await one.list()).toEqual(expect.arrayContaining([keyId, second]));
    await one.destroy(keyId);
    expect(await one.list()).not.toContain(keyId);
  });
});

describe('key files', () => {
  it('are for their owner alone, and of a full secret only', async () => {
    const directory = keyDirectory();
    const files = new KeyFiles(directory);
    const keyId = randomUUID();
    await files.create(keyId);
    const path = join(directory, `${keyId}.key`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path)).toHaveLength(32);
    await expect(files.create(keyId)).rejects.toThrow(KeyStoreError);
    truncateSync(path, 31);
    await expect(files.wrap(keyId, AAD, SECRET)).rejects.toThrow(InboxKeyMissingError);
    writeFileSync(join(directory, 'notes.txt'), 'not a key');
    expect(await files.list()).toEqual([keyId]);
  });

  it('take uuids for names, nothing that leads elsewhere', async () => {
    const files = new KeyFiles(keyDirectory());
    await expect(files.create('../../etc/passwd')).rejects.toThrow(/is a uuid/);
    await expect(files.destroy('..')).rejects.toThrow(/is a uuid/);
  });

  it('are refused where others could read them or nobody can write them', async () => {
    const directory = keyDirectory();
    chmodSync(directory, 0o750);
    await expect(new KeyFiles(directory).check()).rejects.toThrow(/mode 750.*chmod 700/);
    const file = join(keyDirectory(), 'file');
    writeFileSync(file, '');
    await expect(new KeyFiles(file).check()).rejects.toThrow(/names no directory/);
    const sealed = process.getuid?.() === 0 ? ROOT_CANNOT_WRITE : readOnly(keyDirectory());
    await expect(new KeyFiles(sealed).check()).rejects.toThrow(/cannot be written to .*no history/);
  });
});

describe('the key service', () => {
  it('is asked again when it stumbles, and given up within the time-out', async () => {
    const vault = vaultWith();
    const keyId = randomUUID();
    transit.fail(1, 503);
    await vault.create(keyId);
    transit.fail(1, 0);
    const wrapped = await vault.wrap(keyId, AAD, SECRET);
    transit.fail(2, 429);
    expect(await vault.unwrap(keyId, AAD, wrapped)).toEqual(SECRET);
    transit.fail(3, 500);
    await expect(vault.unwrap(keyId, AAD, wrapped)).rejects.toThrow(/answered 500/);
    transit.silent = true;
    const startedAt = performance.now();
    await expect(vaultWith({ timeoutMs: 300 }).unwrap(keyId, AAD, wrapped)).rejects.toThrow(
      KeyStoreError,
    );
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    transit.silent = false;
    expect(await vault.unwrap(keyId, AAD, wrapped)).toEqual(SECRET);
  });

  it('away or refusing is never taken for a destroyed key', async () => {
    const keyId = randomUUID();
    await vaultWith().create(keyId);
    const wrapped = await vaultWith().wrap(keyId, AAD, SECRET);
    const foreign = vaultWith({ token: new Secret('wrong') });
    await expect(foreign.unwrap(keyId, AAD, wrapped)).rejects.toThrow(KeyStoreError);
    await expect(foreign.destroy(keyId)).rejects.toThrow(KeyStoreError);
    await expect(
      vaultWith({ url: 'http://127.0.0.1:1' }).unwrap(keyId, AAD, wrapped),
    ).rejects.toThrow(/does not answer/);
    expect(await vaultWith().unwrap(keyId, AAD, wrapped)).toEqual(SECRET);
  });

  it('I7 gives up a secret whose maker died before saying that it may be deleted', async () => {
    const keyId = randomUUID();
    const made = await fetch(`${transit.url}/v1/transit/keys/${keyId}`, {
      method: 'POST',
      headers: { 'x-vault-token': transit.token },
    });
    expect(made.status).toBe(204);
    await vaultWith().destroy(keyId);
    expect(await vaultWith().list()).not.toContain(keyId);
  });

  it('that cannot be used stops the start, in a sentence without the token', async () => {
    const token = randomBytes(12).toString('hex');
    const refused = vaultWith({ token: new Secret(token) });
    await expect(refused.check()).rejects.toThrow(/answered 403.*INBOX_KEYS_VAULT_TOKEN/);
    await expect(refused.check()).rejects.not.toThrow(token);
  });

  it('is never asked for a key that it holds in clear', () => {
    expect(transit.requests.filter((one) => /export|backup|datakey/.test(one))).toEqual([]);
  });
});
