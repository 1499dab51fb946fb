import { expect, it } from 'vitest';
import { type CallContext, classifyAnswer } from '../../../providers/graph/errors.ts';

const graph = (code: string, message = '') => ({ error: { code, message } });
const list: CallContext = { method: 'messages.list' };
const delta: CallContext = { method: 'messages.delta' };
const paging: CallContext = { method: 'messages.search', paging: true };

const classify = (
  status: number,
  body: unknown,
  call: CallContext,
  headers: Record<string, string> = {},
) => classifyAnswer({ status, headers: new Headers(headers), body }, call);

it.each<[string, number, unknown, CallContext, string]>([
  ['too many', 429, graph('TooManyRequests'), list, 'RateLimited'],
  ['the wall', 429, graph('ApplicationThrottled'), list, 'RateLimited'],
  ['429 from a front end', 429, '<html>', list, 'RateLimited'],
  ['throttled by another status', 403, graph('ApplicationThrottled'), list, 'RateLimited'],
  ['an old token', 401, graph('InvalidAuthenticationToken'), list, 'AccessTokenRejected'],
  ['no permission', 403, graph('ErrorAccessDenied'), list, 'ConsentRequired'],
  ['an unknown 403', 403, graph('Surprise'), list, 'RequestRefused'],
  ['a proxy’s 403', 403, '<html>', list, 'ProviderUnavailable'],
  ['no licence', 404, graph('MailboxNotEnabledForRESTAPI'), list, 'MailboxUnavailable'],
  ['a deleted message', 404, graph('ErrorItemNotFound'), list, 'NotFound'],
  ['a proxy’s 404', 404, '<html>', list, 'ProviderUnavailable'],
  ['410', 410, '', delta, 'CursorExpired'],
  ['a forgotten state', 404, graph('SyncStateNotFound'), delta, 'CursorExpired'],
  ['the same in small letters', 400, graph('syncStateNotFound'), delta, 'CursorExpired'],
  ['resync', 400, graph('resyncRequired'), delta, 'CursorExpired'],
  ['a page token refused', 400, graph('BadRequest'), paging, 'PageTokenInvalid'],
  ['a filter refused', 400, graph('ErrorInvalidUrlQueryFilter'), list, 'RequestRefused'],
  ['500', 500, graph('InternalServerError'), list, 'ProviderUnavailable'],
  ['504 without a body', 504, '', list, 'ProviderUnavailable'],
  ['half a body', 400, '{"error":{"co', list, 'ProviderUnavailable'],
  ['a URL that is too long', 414, '<html>', list, 'RequestRefused'],
])('%s', (_what, status, body, call, name) => {
  expect(classify(status, body, call).name).toBe(name);
});

it.each([
  ['seconds', { 'retry-after': '7' }, 7_000],
  ['a date', { 'retry-after': 'Mon, 01 Jun 2026 10:00:09 GMT' }, 9_000],
  ['nothing', {}, 10_000],
  ['years', { 'retry-after': '99999999' }, 86_400_000],
])('Retry-After of %s', (_what, headers, retryAfterMs) => {
  const date = 'Mon, 01 Jun 2026 10:00:00 GMT';
  const error = classify(429, '', list, { date, ...headers });
  expect(error).toMatchObject({ retryAfterMs });
});

it('503 with a time to wait is waiting, not a failed attempt', () => {
  const error = classify(503, '', list, { 'retry-after': '3' });
  expect(error).toMatchObject({ name: 'RateLimited', retryAfterMs: 3_000 });
});

it('a send that ends in a 5xx may have been done, whatever time it names', () => {
  const error = classify(
    503,
    graph('ServiceUnavailable'),
    { method: 'sendMail' },
    { 'retry-after': '3' },
  );
  expect(error.name).toBe('ProviderUnavailable');
});

it('I6 names codes and no addresses', () => {
  const said = classify(400, graph('Bad', 'no ann@x.example here'), list).message;
  expect(said).toBe('Graph messages.list answered 400 bad: no [address] here');
});
