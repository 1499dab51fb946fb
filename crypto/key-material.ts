import { createSecretKey, type KeyObject } from 'node:crypto';
import { ContentFreeError } from '../domain/errors.ts';

export const KEY_BYTES = 32;

export const HOW_TO_GENERATE =
  'Generate one with: node -e "console.log(crypto.randomBytes(32).toString(\'base64\'))"';

/** A key that must not be used. The message says which and what to do, never what it holds. */
export class WeakKeyError extends ContentFreeError {
  override readonly name = 'WeakKey';
  constructor(label: string, problem: string) {
    super(`${label} ${problem}. ${HOW_TO_GENERATE}`);
  }
}

/**
 * @param label what the key is called in messages, e.g. `MASTER_KEYS "2026"`
 * @throws WeakKeyError not 32 bytes in base64, or visibly not random
 */
export const parseKey = (label: string, base64: string): KeyObject => {
  const bytes = decodeBase64(base64.trim());
  if (!bytes) throw new WeakKeyError(label, 'is not base64');
  if (bytes.length !== KEY_BYTES) {
    throw new WeakKeyError(label, `must hold ${KEY_BYTES} bytes, it holds ${bytes.length}`);
  }
  const weakness = weaknessOf(bytes);
  if (weakness) throw new WeakKeyError(label, `is not random: ${weakness}`);
  return createSecretKey(bytes);
};

/** Node decodes whatever it is given and drops the rest, so a typo would shorten the key silently. */
const decodeBase64 = (text: string): Buffer | undefined =>
  /^[A-Za-z0-9+/_-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;

/** Each test refuses a random key less often than once in 10^12. */
const weaknessOf = (bytes: Buffer): string | undefined => {
  // 32 random bytes hold about 30 different ones.
  if (new Set(bytes).size < 16) return 'its bytes repeat';
  const steps = new Set(bytes.map((byte, i) => byte - (bytes[i - 1] ?? 0)).subarray(1));
  if (steps.size < 8) return 'its bytes follow a pattern';
  if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) return 'it is text';
  return undefined;
};
