import { boundedWait, retryAfterHeader, waitUntil } from '../retry-after.ts';
import type { FailedAnswer } from './errors.ts';
import type { GoogleError } from './google-error.ts';

const SECOND = 1_000;
const DEFAULT_MS = 10 * SECOND;
/** The quota windows are minutes; half of one clears most of it. */
const MINUTE_QUOTA_MS = 30 * SECOND;
const DAILY_QUOTA_MS = 60 * 60 * SECOND;

/**
 * How long to wait, ms: the Retry-After header, else the time Gmail writes into the message of
 * some 429s ("Retry after 2025-08-22T18:22:38.763Z"), else a default by reason.
 */
export const retryAfterMs = (answer: FailedAnswer, google: GoogleError | null): number =>
  boundedWait(
    retryAfterHeader(answer) ?? fromMessage(answer, google) ?? fromReason(answer.status, google),
  );

const fromMessage = (answer: FailedAnswer, google: GoogleError | null): number | null =>
  waitUntil(
    /retry after (\d{4}-\d\d-\d\dT[\d:.]{5,20}Z)/i.exec(google?.message ?? '')?.[1] ?? '',
    answer,
  );

const fromReason = (status: number, google: GoogleError | null): number => {
  if (google?.reasons.includes('dailyLimitExceeded')) return DAILY_QUOTA_MS;
  return status === 403 ? MINUTE_QUOTA_MS : DEFAULT_MS;
};
