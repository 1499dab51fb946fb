import { InboxKeyMissingError } from '../crypto/key-provider.ts';
import { UnknownKeyError } from '../crypto/named-keys.ts';
import { SealBrokenError } from '../crypto/seal.ts';

/**
 * Whether something does not open and another try would not change that: it concerns this row or inbox
 * alone, and must not hide or hold up the others.
 */
export const isUnreadable = (error: unknown): error is Error =>
  error instanceof SealBrokenError ||
  error instanceof InboxKeyMissingError ||
  error instanceof UnknownKeyError;
