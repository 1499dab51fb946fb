import type { OutgoingFailure } from '../db/outgoing-store.ts';
import { StaleEpochError } from '../domain/errors.ts';
import {
  ConsentRequiredError,
  MailboxUnavailableError,
  ProviderError,
  RateLimitedError,
  TokenRevokedError,
} from '../providers/errors.ts';
import { SendingOffError } from '../session/call-gate.ts';
import { NeverLeftError } from '../session/send-off.ts';

/** `perhaps`: it may have been sent. The others: it was surely not. */
export type SendVerdict =
  | { kind: 'perhaps' }
  | { kind: 'later'; waitMs: number }
  | { kind: 'never'; failure: OutgoingFailure };

const AFTER_OUTAGE_MS = 15_000;

/**
 * What a failed send means.
 * @param left whether the call had begun: from then on only a refusal in so many words is certain
 */
export function verdictOnSend(error: unknown, left: boolean): SendVerdict {
  if (error instanceof SendingOffError) return { kind: 'never', failure: 'sending_turned_off' };
  if (error instanceof RateLimitedError) return { kind: 'later', waitMs: error.retryAfterMs };
  if (error instanceof ConsentRequiredError)
    return { kind: 'never', failure: 'permission_missing' };
  if (error instanceof TokenRevokedError || error instanceof MailboxUnavailableError) {
    return { kind: 'never', failure: 'access_lost' };
  }
  if (!left || error instanceof StaleEpochError || error instanceof NeverLeftError) {
    return { kind: 'later', waitMs: AFTER_OUTAGE_MS };
  }
  if (!(error instanceof ProviderError)) return { kind: 'perhaps' };
  if (error.name === 'ProviderUnavailable') return { kind: 'perhaps' };
  if (error.retryable) return { kind: 'later', waitMs: AFTER_OUTAGE_MS };
  return { kind: 'never', failure: 'refused' };
}
