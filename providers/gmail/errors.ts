import {
  AccessTokenRejectedError,
  ConsentRequiredError,
  CursorExpiredError,
  MailboxUnavailableError,
  NotFoundError,
  PageTokenInvalidError,
  type ProviderError,
  ProviderUnavailableError,
  RateLimitedError,
  RequestRefusedError,
} from '../errors.ts';
import { scrub } from '../scrub.ts';
import { type GoogleError, readGoogleError } from './google-error.ts';
import type { GmailMethod } from './quota.ts';
import { retryAfterMs } from './retry-after.ts';

/** What was asked, as far as the meaning of an answer depends on it. */
export interface CallContext {
  method: GmailMethod;
  /** The request carried a page token. */
  paging?: boolean;
}

/** An answer that is not a success. */
export interface FailedAnswer {
  status: number;
  headers?: Pick<Headers, 'get'>;
  body: unknown;
}

/** 403s that mean "later". Reading one as a missing permission would end a healthy sync. */
const PACING = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'quotaExceeded',
  'dailyLimitExceeded',
  'concurrentLimitExceeded',
  'RATE_LIMIT_EXCEEDED',
]);
/** `forbidden` is what a gmail.metadata grant answers to `q` and to bodies. */
const SCOPE = new Set(['insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'forbidden']);
/** An administrator's decision; the user cannot mend it by consenting again. */
const POLICY = new Set(['domainPolicy', 'accountDisabled', 'ACCOUNT_STATE_INVALID']);

/**
 * What an answer means, by status, reason and endpoint together: a 403 may be pacing, scope or
 * policy. An error without Google's body is never "not found": a proxy's 404 taken for a
 * deleted message would lose mail.
 * @see reference A2
 */
export const classifyAnswer = (answer: FailedAnswer, call: CallContext): ProviderError => {
  const google = readGoogleError(answer.body);
  const said = `Gmail ${call.method} answered ${describe(answer.status, google)}`;
  const is = (set: Set<string>) => google?.reasons.some((reason) => set.has(reason)) ?? false;
  const limited = () => new RateLimitedError(said, retryAfterMs(answer, google));

  if (answer.status === 401) return new AccessTokenRejectedError(said);
  if (answer.status === 429) return limited();
  if (answer.status === 408 || answer.status >= 500) return new ProviderUnavailableError(said);
  if (answer.status === 413 || answer.status === 414) return new RequestRefusedError(said);
  if (!google) return new ProviderUnavailableError(`${said} without Google's error body`);
  if (answer.status === 403) {
    if (is(PACING)) return limited();
    if (is(POLICY)) return new MailboxUnavailableError(said);
    if (is(SCOPE)) return new ConsentRequiredError(said);
  }
  if (answer.status === 404) {
    return call.method === 'history.list' ? new CursorExpiredError(said) : new NotFoundError(said);
  }
  if (answer.status === 409) return new ProviderUnavailableError(said);
  if (answer.status === 400) return classifyBadRequest(said, google, call);
  return new RequestRefusedError(`${said}: ${scrub(google.message)}`);
};

const classifyBadRequest = (
  said: string,
  google: GoogleError,
  call: CallContext,
): ProviderError => {
  if (google.status === 'FAILED_PRECONDITION' || google.reasons.includes('failedPrecondition')) {
    // The same code is a passing hiccup and an account without Gmail; only the sentence differs.
    return /mail service not enabled/i.test(google.message)
      ? new MailboxUnavailableError(said)
      : new ProviderUnavailableError(said);
  }
  if (call.paging) return new PageTokenInvalidError(said);
  if (call.method === 'watch') {
    return new RequestRefusedError(
      `${said}: ${scrub(google.message)} (one Pub/Sub topic per mailbox and Cloud project: ` +
        'another environment may hold the watch)',
    );
  }
  return new RequestRefusedError(`${said}: ${scrub(google.message)}`);
};

const describe = (status: number, google: GoogleError | null): string =>
  [status, google?.status, google?.reasons[0]].filter(Boolean).join(' ');
