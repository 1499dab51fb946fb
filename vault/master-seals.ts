import type { Aad } from '../crypto/aad.ts';
import type { NamedKeys } from '../crypto/named-keys.ts';
import { openJson, SealBrokenError } from '../crypto/seal.ts';

/** Tries each master key, as the current one may have changed meanwhile. @throws SealBrokenError */
export function openByAnyMaster<T>(masters: NamedKeys, aad: Aad, sealed: Uint8Array): T {
  for (const id of masters.ids) {
    try {
      return openJson<T>(masters.get(id), aad, sealed);
    } catch (error) {
      if (!(error instanceof SealBrokenError)) throw error;
    }
  }
  throw new SealBrokenError(aad, 'no configured master key opens it');
}
