import type { KeyObject } from 'node:crypto';
import { ContentFreeError } from '../domain/errors.ts';
import { HOW_TO_GENERATE, parseKey } from './key-material.ts';

export interface MasterKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** A data key was wrapped by a master key that is no longer configured. */
export class UnknownMasterKeyError extends ContentFreeError {
  override readonly name = 'UnknownMasterKey';
  constructor(id: string, known: readonly string[]) {
    super(
      `Data was sealed under master key "${id}", but MASTER_KEYS holds only ${known.join(', ')}. ` +
        'Put it back after the current one; remove a key only when nothing is wrapped by it.',
    );
  }
}

/** MASTER_KEYS does not read as it must. Names ids at most, never a key. */
export class MasterKeysError extends ContentFreeError {
  override readonly name = 'MasterKeys';
}

/** Master keys by id. The first wraps new data keys; the others only open older ones. */
export class KeyRing {
  readonly current: MasterKey;
  readonly #keys: ReadonlyMap<string, KeyObject>;

  private constructor(current: MasterKey, keys: ReadonlyMap<string, KeyObject>) {
    this.current = current;
    this.#keys = keys;
  }

  /**
   * @param text `id:base64,id:base64`, the current key first
   * @throws MasterKeysError none, malformed or twice the same id
   * @throws WeakKeyError
   */
  static parse(text: string): KeyRing {
    const entries = text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean);
    const keys = new Map<string, KeyObject>();
    for (const entry of entries) {
      const [, id, base64] = /^([A-Za-z0-9_.-]{1,32}):(.+)$/.exec(entry) ?? [];
      if (!id || !base64) {
        throw new MasterKeysError(`MASTER_KEYS must read id:base64,id:base64. ${HOW_TO_GENERATE}`);
      }
      if (keys.has(id))
        throw new MasterKeysError(`MASTER_KEYS names "${id}" twice: ids must differ`);
      keys.set(id, parseKey(`MASTER_KEYS "${id}"`, base64));
    }
    const [first] = keys;
    if (!first) throw new MasterKeysError(`MASTER_KEYS is empty. ${HOW_TO_GENERATE}`);
    return new KeyRing({ id: first[0], key: first[1] }, keys);
  }

  get ids(): string[] {
    return [...this.#keys.keys()];
  }

  /** @throws UnknownMasterKeyError */
  get(id: string): KeyObject {
    const key = this.#keys.get(id);
    if (!key) throw new UnknownMasterKeyError(id, this.ids);
    return key;
  }
}
