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
  TookTooLongError,
} from '../errors.ts';
import { boundedWait, retryAfterHeader } from '../retry-after.ts';
import { scrub } from '../scrub.ts';
import { type GraphErrorBody, readGraphError } from './graph-error.ts';
import type { GraphMethod } from './quota.ts';

/** What was asked, as far as the meaning of an answer depends on it. */
export interface CallContext {
  method: GraphMethod;
  /** The request followed a nextLink. */
  paging?: boolean;
}

/** An answer that is not a success, or such a part of a `$batch`. */
export interface FailedAnswer {
  status: number;
  headers?: Pick<Headers, 'get'>;
  body: unknown;
}

/** 409 at the creation of a subscription: there is one like it. */
export class SubscriptionExistsError extends RequestRefusedError {}

/** The sync state is forgotten, with whatever status it comes; the codes' case varies (B2). */
const FORGOTTEN = new Set(['syncstatenotfound', 'syncstateinvalid', 'resyncrequired']);
/** No licence, on premises, suspended, or moved: nothing that another consent mends. */
const NO_MAILBOX = new Set([
  'mailboxnotenabledforrestapi',
  'mailboxnotsupportedforrestapi',
  'errornonexistentmailbox',
  'erroraccountsuspend',
]);
const NO_PERMISSION = new Set([
  'erroraccessdenied',
  'accessdenied',
  'authorization_requestdenied',
  'errorinsufficientpermissionsinaccesstoken',
]);
/** Some front ends throttle with 403 or 400 and say so in the code only. */
const PACING = new Set(['toomanyrequests', 'applicationthrottled', 'errorservertoobusy']);

const DEFAULT_WAIT_MS = 10_000;

/**
 * What an answer means, by status and code together. An error without Graph's body is never "not
 * found": a proxy's 404 taken for a deleted message would lose mail.
 * @see reference B2, B4
 */
export const classifyAnswer = (answer: FailedAnswer, call: CallContext): ProviderError => {
  const { status } = answer;
  const graph = readGraphError(answer.body);
  const said = `Graph ${call.method} answered ${[status, graph?.code].filter(Boolean).join(' ')}`;
  const is = (codes: ReadonlySet<string>) => graph !== null && codes.has(graph.code);
  const waitMs = retryAfterHeader(answer);
  const limited = () => new RateLimitedError(said, boundedWait(waitMs ?? DEFAULT_WAIT_MS));

  if (is(FORGOTTEN) || (status === 410 && isDelta(call))) return new CursorExpiredError(said);
  if (status === 401) return new AccessTokenRejectedError(said);
  if (status === 429 || is(PACING)) return limited();
  if (status === 504 && waitMs === null && !isSend(call)) return new TookTooLongError(said);
  // A busy server that names a time asks for the same as a 429, but it may have sent already.
  if (status >= 500) {
    return waitMs === null || isSend(call) ? new ProviderUnavailableError(said) : limited();
  }
  if (status === 409 && call.method === 'subscriptions.create') {
    return new SubscriptionExistsError(said);
  }
  if (status === 408 || status === 409) return new ProviderUnavailableError(said);
  if (status === 413 || status === 414) return new RequestRefusedError(said);
  if (!graph) return new ProviderUnavailableError(`${said} without Graph's error body`);
  if (is(NO_MAILBOX)) return new MailboxUnavailableError(said);
  if (status === 403 && is(NO_PERMISSION)) return new ConsentRequiredError(said);
  if (status === 404 || status === 410) return new NotFoundError(said);
  if (status === 400 && call.paging) return new PageTokenInvalidError(said);
  return refused(said, graph);
};

const isSend = ({ method }: CallContext): boolean =>
  method === 'sendMail' || method === 'messages.reply';
const isDelta = ({ method }: CallContext): boolean => method.endsWith('.delta');

const refused = (said: string, { message }: GraphErrorBody): RequestRefusedError =>
  new RequestRefusedError(`${said}: ${scrub(message)}`);
