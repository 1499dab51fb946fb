import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { constants, open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../config/start-failure.ts';
import type { Aad } from './aad.ts';
import { KEY_BYTES } from './key-material.ts';
import { InboxKeyMissingError, type KeyProvider, KeyStoreError } from './key-provider.ts';
import { open as openSealed, seal } from './seal.ts';

const FILE_NAME = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.key$/;

/**
 * Secrets as files of 32 random bytes, mode 0600, in one directory that API and workers share. Each
 * use reads the file, which takes a tenth of a millisecond and leaves nothing to be forgotten.
 */
export class KeyFiles implements KeyProvider {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async create(keyId: string): Promise<void> {
    await this.#translated('made', async () => {
      // Exclusive: a secret that is there must never be replaced.
      await using file = await open(this.#path(keyId), 'wx', 0o600);
      await file.write(randomBytes(KEY_BYTES));
      await file.sync();
      await this.#syncDirectory();
    });
  }

  async wrap(keyId: string, aad: Aad, plaintext: Uint8Array): Promise<Buffer> {
    return seal(await this.#read(keyId), aad, plaintext);
  }

  async unwrap(keyId: string, aad: Aad, wrapped: Uint8Array): Promise<Buffer> {
    return openSealed(await this.#read(keyId), aad, wrapped);
  }

  /** Overwritten before it is unlinked: an undelete then finds noise, where the disk writes in place. */
  async destroy(keyId: string): Promise<void> {
    await this.#translated('destroyed', async () => {
      await using file = await unlessMissing(open(this.#path(keyId), 'r+'));
      if (!file) return;
      await file.write(randomBytes(KEY_BYTES), 0, KEY_BYTES, 0);
      await file.sync();
      await unlessMissing(unlink(this.#path(keyId)));
      await this.#syncDirectory();
    });
  }

  async list(): Promise<string[]> {
    return await this.#translated('listed', async () =>
      (await readdir(this.#directory)).flatMap((name) => FILE_NAME.exec(name)?.[1] ?? []),
    );
  }

  async check(): Promise<void> {
    const found = await stat(this.#directory).catch(() => null);
    const make = `Make it with: install -d -m 700 ${this.#directory}`;
    if (!found?.isDirectory()) {
      throw new StartError(`INBOX_KEYS_DIR names no directory: ${this.#directory}. ${make}`);
    }
    if ((found.mode & 0o077) !== 0) {
      throw new StartError(
        `INBOX_KEYS_DIR is open to other users of this machine (mode ${(found.mode & 0o777).toString(8)}): ` +
          `they could read every inbox's secret. Close it with: chmod 700 ${this.#directory}`,
      );
    }
    const probe = `.writable-${process.pid}-${randomBytes(4).toString('hex')}`;
    await (
      await open(join(this.#directory, probe), 'wx', 0o600).catch(refuse(this.#directory))
    ).close();
    await unlink(join(this.#directory, probe));
  }

  #path(keyId: string): string {
    if (!FILE_NAME.test(`${keyId}.key`)) throw new TypeError('A key id is a uuid.');
    return join(this.#directory, `${keyId}.key`);
  }

  async #read(keyId: string): Promise<KeyObject> {
    return await this.#translated('read', async () => {
      await using file = await unlessMissing(open(this.#path(keyId), constants.O_RDONLY));
      const bytes = file && (await file.readFile());
      if (bytes?.length !== KEY_BYTES) throw new InboxKeyMissingError(keyId);
      try {
        return createSecretKey(bytes);
      } finally {
        bytes.fill(0);
      }
    });
  }

  /** Without it, a crash of the machine could forget a new name or bring back an old one. */
  async #syncDirectory(): Promise<void> {
    await using directory = await open(this.#directory, constants.O_RDONLY);
    await directory.sync();
  }

  async #translated<T>(done: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof InboxKeyMissingError || error instanceof TypeError) throw error;
      const { code } = error as NodeJS.ErrnoException;
      throw new KeyStoreError(`A file in INBOX_KEYS_DIR could not be ${done} (${code}).`, {
        cause: error,
      });
    }
  }
}

const refuse =
  (directory: string) =>
  (error: NodeJS.ErrnoException): never => {
    throw new StartError(
      `INBOX_KEYS_DIR cannot be written to (${error.code}): ${directory}. Without that no inbox ` +
        'can be connected and no history deleted. Give the directory to the user of this process.',
    );
  };

const unlessMissing = async <T>(work: Promise<T>): Promise<T | null> => {
  try {
    return await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};
