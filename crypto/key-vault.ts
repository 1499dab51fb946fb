import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Secret } from '../config/secret.ts';
import { StartError } from '../config/start-failure.ts';
import { type Aad, encodeAad } from './aad.ts';
import { InboxKeyMissingError, type KeyProvider, KeyStoreError } from './key-provider.ts';
import { SealBrokenError } from './seal.ts';

export interface KeyVaultOptions {
  /** Of the server, e.g. `https://vault.internal:8200`. */
  url: string;
  /** Where the transit engine is mounted; a mount of our own, as we list and delete its keys. */
  mount: string;
  token: Secret;
  /** For one request with its repeats. */
  timeoutMs: number;
}

/** Each request may be repeated: creating and deleting twice is the same as once. */
const ATTEMPTS = 3;
const PAUSE_MS = 100;

const textOf = (key: 'ciphertext' | 'plaintext') =>
  z.object({ data: z.object({ [key]: z.string() }) });
const listed = z.object({ data: z.object({ keys: z.array(z.string()) }) });

/**
 * Secrets that never leave a key service: the transit engine of HashiCorp Vault or OpenBao, where
 * deleting a key takes effect at once. Nothing is cached, so that it does so in every process of ours.
 * @see https://developer.hashicorp.com/vault/api-docs/secret/transit
 */
export class KeyVault implements KeyProvider {
  readonly #options: KeyVaultOptions;

  constructor(options: KeyVaultOptions) {
    this.#options = options;
  }

  async create(keyId: string): Promise<void> {
    await this.#ask('POST', `keys/${keyId}`, { type: 'aes256-gcm96' });
    await this.#allowDeletion(keyId);
  }

  async wrap(keyId: string, aad: Aad, plaintext: Uint8Array): Promise<Buffer> {
    const answer = await this.#crypt('encrypt', keyId, aad, {
      plaintext: Buffer.from(plaintext).toString('base64'),
    });
    return Buffer.from(textOf('ciphertext').parse(answer).data.ciphertext as string);
  }

  async unwrap(keyId: string, aad: Aad, wrapped: Uint8Array): Promise<Buffer> {
    const answer = await this.#crypt('decrypt', keyId, aad, {
      ciphertext: Buffer.from(wrapped).toString(),
    });
    return Buffer.from(textOf('plaintext').parse(answer).data.plaintext as string, 'base64');
  }

  /** A missing key and one that may not be deleted are both answered 400: reading it tells which. */
  async destroy(keyId: string): Promise<void> {
    const first = await this.#send('DELETE', `keys/${keyId}`);
    if (first.status < 300 || !(await this.#exists(keyId))) return;
    // Whoever made it died before this.
    await this.#allowDeletion(keyId);
    const { status } = await this.#send('DELETE', `keys/${keyId}`);
    if (status < 300 || !(await this.#exists(keyId))) return;
    throw new KeyStoreError(`The key service did not delete inbox key ${keyId} (${status}).`);
  }

  async list(): Promise<string[]> {
    const { status, body } = await this.#send('GET', 'keys?list=true');
    if (status === 404) return [];
    if (status >= 300) throw refused('GET', 'keys', status);
    return listed.parse(body).data.keys;
  }

  async check(): Promise<void> {
    try {
      await this.list();
    } catch (error) {
      throw new StartError(
        `The key service of INBOX_KEYS_VAULT_URL cannot be used: ${(error as Error).message} ` +
          'Check the address, INBOX_KEYS_VAULT_MOUNT and what INBOX_KEYS_VAULT_TOKEN may do; ' +
          'docs/operations.md has the policy.',
        { cause: error },
      );
    }
  }

  #allowDeletion(keyId: string): Promise<void> {
    return this.#ask('POST', `keys/${keyId}/config`, { deletion_allowed: true });
  }

  async #crypt(
    verb: 'encrypt' | 'decrypt',
    keyId: string,
    aad: Aad,
    body: object,
  ): Promise<unknown> {
    const answer = await this.#send('POST', `${verb}/${keyId}`, {
      ...body,
      associated_data: encodeAad(aad).toString('base64'),
    });
    if (answer.status < 300) return answer.body;
    if (answer.status !== 400 && answer.status !== 404) {
      throw refused('POST', `${verb}/${keyId}`, answer.status);
    }
    if (!(await this.#exists(keyId))) throw new InboxKeyMissingError(keyId);
    throw new SealBrokenError(aad, 'the key service refuses it');
  }

  async #exists(keyId: string): Promise<boolean> {
    const { status } = await this.#send('GET', `keys/${keyId}`);
    if (status === 404) return false;
    if (status < 300) return true;
    throw refused('GET', `keys/${keyId}`, status);
  }

  async #ask(method: string, path: string, body: object): Promise<void> {
    const { status } = await this.#send(method, path, body);
    if (status >= 300) throw refused(method, path, status);
  }

  /** @returns any answer that a repeat would not change */
  async #send(method: string, path: string, body?: object): Promise<Answer> {
    const signal = AbortSignal.timeout(this.#options.timeoutMs);
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#attempt(method, path, body, signal);
      const passing = answer.status === 429 || answer.status >= 500;
      if (!passing) return answer;
      if (attempt === ATTEMPTS || signal.aborted) throw refused(method, path, answer.status);
      await sleep(PAUSE_MS * attempt);
    }
  }

  async #attempt(
    method: string,
    path: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { url, mount, token } = this.#options;
    try {
      const response = await fetch(new URL(`/v1/${mount}/${path}`, url), {
        method,
        signal,
        redirect: 'error',
        headers: { 'x-vault-token': token.reveal(), 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text ? JSON.parse(text) : null };
    } catch {
      // Without its cause: it may quote what was sent.
      return { status: UNREACHABLE, body: null };
    }
  }
}

/** As proxies say it: no answer, or not one that can be read. */
const UNREACHABLE = 599;

interface Answer {
  status: number;
  body: unknown;
}

const refused = (method: string, path: string, status: number): KeyStoreError =>
  new KeyStoreError(
    status === UNREACHABLE
      ? `The key service does not answer (${method} ${path}).`
      : `The key service answered ${status} to ${method} ${path}.`,
  );
