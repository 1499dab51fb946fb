import type { KeyObject } from 'node:crypto';
import { ContentFreeError } from '../domain/errors.ts';
import { HOW_TO_GENERATE, parseKey } from './key-material.ts';

interface NamedKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** Something was sealed under a key that is no longer configured. */
export class UnknownKeyError extends ContentFreeError {
  override readonly name = 'UnknownKey';
  constructor(setting: string, id: string, known: readonly string[]) {
    super(
      `Data was sealed under key "${id}", but ${setting} holds only ${known.join(', ')}. ` +
        'Put it back after the current one; remove a key only when nothing is sealed under it.',
    );
  }
}

/** A setting with keys does not read as it must. Names ids at most, never a key. */
export class NamedKeysError extends ContentFreeError {
  override readonly name = 'NamedKeys';
}

/** Keys by id, of one setting. The first seals; the others only open what they sealed. */
export class NamedKeys {
  readonly current: NamedKey;
  readonly #setting: string;
  readonly #keys: ReadonlyMap<string, KeyObject>;

  private constructor(setting: string, current: NamedKey, keys: ReadonlyMap<string, KeyObject>) {
    this.#setting = setting;
    this.current = current;
    this.#keys = keys;
  }

  /**
   * @param setting what it is called in messages, e.g. `MASTER_KEYS`
   * @param text `id:base64,id:base64`, the current key first
   * @throws NamedKeysError none, malformed, or an id or a key twice
   * @throws WeakKeyError
   */
  static parse(setting: string, text: string): NamedKeys {
    const entries = text
      .split(',')
      .map((entry) => entry.trim())
      .filter(Boolean);
    const keys = new Map<string, KeyObject>();
    for (const entry of entries) {
      const [, id, base64] = /^([A-Za-z0-9_.-]{1,32}):(.+)$/.exec(entry) ?? [];
      if (!id || !base64) {
        throw new NamedKeysError(`${setting} must read id:base64,id:base64. ${HOW_TO_GENERATE}`);
      }
      if (keys.has(id)) throw new NamedKeysError(`${setting} names "${id}" twice: ids must differ`);
      const key = parseKey(`${setting} "${id}"`, base64);
      const twin = [...keys].find(([, known]) => known.equals(key));
      if (twin) {
        throw new NamedKeysError(
          `${setting} holds one key as "${twin[0]}" and "${id}": a rotation needs a new key. ` +
            HOW_TO_GENERATE,
        );
      }
      keys.set(id, key);
    }
    const [first] = keys;
    if (!first) throw new NamedKeysError(`${setting} is empty. ${HOW_TO_GENERATE}`);
    return new NamedKeys(setting, { id: first[0], key: first[1] }, keys);
  }

  get ids(): string[] {
    return [...this.#keys.keys()];
  }

  /** @throws UnknownKeyError */
  get(id: string): KeyObject {
    const key = this.#keys.get(id);
    if (!key) throw new UnknownKeyError(this.#setting, id, this.ids);
    return key;
  }
}
