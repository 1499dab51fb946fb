import type { FaultRule } from '../../emulator/shared/faults.ts';
import type { MailProviderName } from './mailbox.ts';

type Effect = FaultRule['effect'];

/** A call that is struck, once so many of its kind have passed. */
type Strike = [method: string, skip: number];

/** A way in which a provider fails, and what it strikes. */
export interface Failure {
  provider: MailProviderName;
  what: string;
  effect: Effect;
  /** In a backfill. */
  backfill: readonly Strike[];
  /** In live mail. */
  live: readonly string[];
}

export const preset = (name: string): Effect => ({ kind: 'preset', preset: name }) as Effect;

/** The providers' own words ask for up to half a minute; this asks for a second. */
const impatient = (status: number, body: unknown): Effect => ({
  kind: 'status',
  status,
  headers: { 'retry-after': '1' },
  body,
});

const google = (code: number, reason: string, message: string): Effect =>
  impatient(code, {
    error: { code, message, errors: [{ reason, domain: 'usageLimits', message }] },
  });

const graph = (status: number, code: string, message: string): Effect =>
  impatient(status, { error: { code, message } });

/** The provider will never hand this out. */
export const REFUSED: Record<MailProviderName, Effect> = {
  gmail: google(400, 'invalidArgument', 'Invalid'),
  outlook: graph(400, 'ErrorInvalidRequest', 'The request is invalid.'),
};

/** Of any server. */
const ANSWERS: [string, Effect][] = [
  ['500', preset('backend500')],
  ['503 of a proxy, in HTML', { kind: 'status', status: 503, body: '<html>busy</html>' }],
  ['404 of a proxy, in HTML', { kind: 'status', status: 404, body: '<html>lost</html>' }],
  ['401 in the middle', preset('unauthorized401')],
];

const WIRE: [string, Effect][] = [
  ['no answer at all', { kind: 'hang' }],
  ['a reset connection', { kind: 'reset' }],
  ['a connection reset after the work was done', { kind: 'reset', afterWork: true }],
  ['an answer cut off in the middle', { kind: 'truncate' }],
  ['an answer in drips', { kind: 'slow', ms: 600 }],
];

const GMAIL: [string, Effect][] = [
  ['429 without a body of Google’s', impatient(429, 'slow down')],
  ['502', preset('badGateway502')],
  ['503', preset('unavailable503')],
  ['429 too many concurrent requests', google(429, 'rateLimitExceeded', 'Too many')],
  ['403 minute quota', google(403, 'rateLimitExceeded', 'Quota exceeded for quota metric')],
  ['403 user rate limit', google(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded')],
  ['400 Precondition check failed', preset('preconditionFailed400')],
];

const OUTLOOK: [string, Effect][] = [
  ['429 MailboxConcurrency', graph(429, 'ApplicationThrottled', 'Over its MailboxConcurrency')],
  ['503 with a time to wait', graph(503, 'serverBusy', 'Busy')],
  ['504', preset('gatewayTimeout504')],
  ['401 of continuous access evaluation', preset('claimsChallenge401')],
];

const of =
  (provider: MailProviderName, struck: Pick<Failure, 'backfill' | 'live'>) =>
  ([what, effect]: [string, Effect]): Failure => ({ provider, what, effect, ...struck });

// The second call, and the second after that; more in a row would only try the back-off.
const twice = (method: string): Strike[] => [
  [method, 1],
  [method, 2],
];
const GMAIL_LIST = 'gmail.users.messages.list';
const gmail = (get: string) => ({
  backfill: [...twice(GMAIL_LIST), ...twice(get)],
  live: [GMAIL_LIST, get, 'gmail.users.history.list'],
});

// A connect asks for the folders, too, and has its own way to fail.
const outlook = (get: string) => ({
  backfill: [
    ['graph.messages.search', 0],
    ['graph.mailFolders.delta', 1],
    ['graph.mailFolders.get', 5],
  ] satisfies Strike[],
  live: ['graph.mailFolders.delta', 'graph.messages.delta', get],
});

export const FAILURES: Failure[] = [
  ...[...ANSWERS, ...GMAIL].map(of('gmail', gmail('gmail.users.messages.get'))),
  ...WIRE.map(of('gmail', gmail('batch'))),
  ...[...ANSWERS, ...OUTLOOK].map(of('outlook', outlook('graph.messages.get'))),
  ...WIRE.map(of('outlook', outlook('graph.batch'))),
  {
    provider: 'gmail',
    what: 'a batch answer that makes no sense',
    effect: { kind: 'malformedBatch' },
    backfill: twice('batch'),
    live: ['batch'],
  },
];
