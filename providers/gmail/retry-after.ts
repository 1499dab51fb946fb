import type { FailedAnswer } from './errors.ts';
import type { GoogleError } from './google-error.ts';

const SECOND = 1_000;
const DEFAULT_MS = 10 * SECOND;
/** The quota windows are minutes; half of one clears most of it. */
const MINUTE_QUOTA_MS = 30 * SECOND;
const DAILY_QUOTA_MS = 60 * 60 * SECOND;
const MAX_MS = 24 * 60 * 60 * SECOND;

/**
 * How long to wait, ms: the Retry-After header, else the time Gmail writes into the message of
 * some 429s ("Retry after 2025-08-22T18:22:38.763Z"), else a default by reason. Between 1 s and
 * a day, whatever was said: a clock gone wrong must not stop an inbox for good.
 */
export const retryAfterMs = (answer: FailedAnswer, google: GoogleError | null): number => {
  const now = serverTime(answer) ?? Date.now();
  const wait =
    fromHeader(answer.headers?.get('retry-after') ?? '', now) ??
    fromMessage(google?.message ?? '', now) ??
    fromReason(answer.status, google);
  return Math.min(MAX_MS, Math.max(SECOND, Math.ceil(wait)));
};

const fromHeader = (value: string, now: number): number | null => {
  if (/^\d+(\.\d+)?$/.test(value.trim())) return Number(value) * SECOND;
  return until(value, now);
};

const fromMessage = (message: string, now: number): number | null =>
  until(/retry after (\d{4}-\d\d-\d\dT[\d:.]{5,20}Z)/i.exec(message)?.[1] ?? '', now);

const fromReason = (status: number, google: GoogleError | null): number => {
  if (google?.reasons.includes('dailyLimitExceeded')) return DAILY_QUOTA_MS;
  return status === 403 ? MINUTE_QUOTA_MS : DEFAULT_MS;
};

const until = (date: string, now: number): number | null => {
  const at = Date.parse(date);
  return Number.isNaN(at) ? null : at - now;
};

/** The answer's own Date, so that our clock's error does not add to the wait. */
const serverTime = (answer: FailedAnswer): number | null => {
  const at = Date.parse(answer.headers?.get('date') ?? '');
  return Number.isNaN(at) ? null : at;
};
