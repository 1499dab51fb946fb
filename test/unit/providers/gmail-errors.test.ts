import { describe, expect, it } from 'vitest';
import { toProviderError } from '../../../providers/attempt.ts';
import { type CallContext, classifyAnswer } from '../../../providers/gmail/errors.ts';

const google = (
  code: number,
  status: string,
  reason: string,
  message = '',
  details?: unknown[],
) => ({
  error: { code, message, status, errors: [{ message, domain: 'x', reason }], details },
});

const classify = (
  status: number,
  body: unknown,
  call: CallContext = { method: 'messages.get' },
  headers: Record<string, string> = {},
) => classifyAnswer({ status, headers: new Headers(headers), body }, call);

const QUOTA_INFO = { reason: 'RATE_LIMIT_EXCEEDED', domain: 'googleapis.com' };
const list: CallContext = { method: 'messages.list' };
const WHAT = 'Gmail messages.list';
const history: CallContext = { method: 'history.list' };

describe('what a Gmail answer means', () => {
  it.each<[string, number, unknown, CallContext, string]>([
    [
      'quota by minute',
      403,
      google(403, 'PERMISSION_DENIED', 'rateLimitExceeded'),
      list,
      'RateLimited',
    ],
    [
      'quota by details',
      403,
      google(403, 'PERMISSION_DENIED', '', '', [QUOTA_INFO]),
      list,
      'RateLimited',
    ],
    ['user rate', 403, google(403, '', 'userRateLimitExceeded'), list, 'RateLimited'],
    ['burst', 429, google(429, 'RESOURCE_EXHAUSTED', 'rateLimitExceeded'), list, 'RateLimited'],
    ['429 from a front end', 429, '<html>', list, 'RateLimited'],
    [
      'missing scope',
      403,
      google(403, 'PERMISSION_DENIED', 'insufficientPermissions'),
      list,
      'ConsentRequired',
    ],
    ['metadata scope', 403, google(403, 'PERMISSION_DENIED', 'forbidden'), list, 'ConsentRequired'],
    ['policy', 403, google(403, 'PERMISSION_DENIED', 'domainPolicy'), list, 'MailboxUnavailable'],
    [
      'API switched off',
      403,
      google(403, 'PERMISSION_DENIED', 'accessNotConfigured'),
      list,
      'RequestRefused',
    ],
    ['a proxy', 403, '<html>denied</html>', list, 'ProviderUnavailable'],
    [
      'no mail service',
      400,
      google(400, 'FAILED_PRECONDITION', 'failedPrecondition', 'Mail service not enabled'),
      list,
      'MailboxUnavailable',
    ],
    [
      'a hiccup',
      400,
      google(400, 'FAILED_PRECONDITION', 'failedPrecondition', 'Precondition check failed.'),
      list,
      'ProviderUnavailable',
    ],
    [
      'bad page token',
      400,
      google(400, 'INVALID_ARGUMENT', 'invalidArgument'),
      { ...list, paging: true },
      'PageTokenInvalid',
    ],
    [
      'bad request',
      400,
      google(400, 'INVALID_ARGUMENT', 'invalidArgument'),
      list,
      'RequestRefused',
    ],
    ['dead token', 401, google(401, 'UNAUTHENTICATED', 'authError'), list, 'AccessTokenRejected'],
    ['gone', 404, google(404, 'NOT_FOUND', 'notFound'), { method: 'messages.get' }, 'NotFound'],
    ['old cursor', 404, google(404, 'NOT_FOUND', 'notFound'), history, 'CursorExpired'],
    ['404 that is not Gmail', 404, '<html>', { method: 'messages.get' }, 'ProviderUnavailable'],
    ['404 that is not Gmail', 404, undefined, history, 'ProviderUnavailable'],
    ['too long', 414, '<html>', list, 'RequestRefused'],
    ['backend', 500, google(500, 'INTERNAL', 'backendError'), list, 'ProviderUnavailable'],
    ['front end', 502, '<html>', list, 'ProviderUnavailable'],
    ['aborted', 409, google(409, 'ABORTED', 'aborted'), list, 'ProviderUnavailable'],
  ])('%s (%i)', (_, status, body, call, name) => {
    expect(classify(status, body, call).name).toBe(name);
  });

  it('explains a refused watch', () => {
    const body = google(400, 'INVALID_ARGUMENT', 'invalidArgument', 'Only one user push …');
    expect(classify(400, body, { method: 'watch' }).message).toMatch(/another environment/);
  });

  it('repeats no address of Google’s sentence', () => {
    const body = google(400, 'INVALID_ARGUMENT', 'invalidArgument', 'Invalid to: "ann@x.com"');
    const err = classify(400, body);
    expect(`${err.message}${String(err.cause)}`).not.toContain('ann@');
    expect(err.message).toContain('[address]');
  });

  it.each<[string, Record<string, string>, string, number]>([
    ['seconds', { 'retry-after': '7' }, '', 7_000],
    ['a date', { 'retry-after': 'Mon, 01 Jun 2026 10:00:09 GMT' }, '', 9_000],
    ['the message', {}, 'User-rate limit exceeded.  Retry after 2026-06-01T10:02:00.000Z', 120_000],
    ['a past time', {}, 'Retry after 2020-06-01T10:02:00.000Z', 1_000],
    ['nonsense', { 'retry-after': 'later' }, 'Retry after 2026-99-99T99:99:99Z', 10_000],
    ['years', { 'retry-after': '99999999' }, '', 86_400_000],
  ])('waits as told by %s', (_, told, message, ms) => {
    const headers = { date: 'Mon, 01 Jun 2026 10:00:00 GMT', ...told };
    const err = classify(429, google(429, '', 'rateLimitExceeded', message), list, headers);
    expect(err).toMatchObject({ name: 'RateLimited', retryAfterMs: ms });
  });
});

describe('when no answer came', () => {
  const live = new AbortController().signal;

  it('keeps a code and nothing of the URL', () => {
    const cause = Object.assign(new Error('read https://x/?q=ann@x.com'), { code: 'ECONNRESET' });
    const err = toProviderError(new TypeError('fetch failed', { cause }), WHAT, live);
    expect(err.name).toBe('ProviderUnavailable');
    expect(err.cause).toBeUndefined();
    expect(err.message).toBe('Gmail messages.list: no answer (ECONNRESET)');
  });

  it('gives our own cancellation back as it is', () => {
    const reason = new Error('cancelled');
    expect(() => toProviderError(new Error('x'), WHAT, AbortSignal.abort(reason))).toThrow(reason);
  });

  it('counts a time-out as the provider’s fault', () => {
    const signal = AbortSignal.abort(new DOMException('late', 'TimeoutError'));
    expect(toProviderError(signal.reason, WHAT, signal).message).toMatch(/TimeoutError/);
  });
});
