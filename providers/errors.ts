import { ContentFreeError } from '../domain/errors.ts';

/**
 * The closed set of what can go wrong at a provider. One class per thing a caller does differently.
 * `name` is stored in Temporal histories and matched there: renaming one is a migration.
 */
export abstract class ProviderError extends ContentFreeError {
  abstract override readonly name: string;
  /** Whether trying the same again later can help. */
  abstract readonly retryable: boolean;
}

/** The grant is dead (revoked, expired, password changed): only the user can mend it. */
export class TokenRevokedError extends ProviderError {
  override readonly name = 'TokenRevoked';
  readonly retryable = false;
}

/** 401: the access token is not taken any more; the grant may live. Renew, then try again. */
export class AccessTokenRejectedError extends ProviderError {
  override readonly name = 'AccessTokenRejected';
  readonly retryable = true;
}

/** The grant lives but does not cover what was asked. */
export class ConsentRequiredError extends ProviderError {
  override readonly name = 'ConsentRequired';
  readonly retryable = false;
}

/** The mailbox is suspended, without mail service, or closed to us by its administrator. */
export class MailboxUnavailableError extends ProviderError {
  override readonly name = 'MailboxUnavailable';
  readonly retryable = false;
}

/** Quota or concurrency: waiting, not a failed attempt. */
export class RateLimitedError extends ProviderError {
  override readonly name = 'RateLimited';
  readonly retryable = true;
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** 5xx, time-outs, resets, truncated answers. */
export class ProviderUnavailableError extends ProviderError {
  override readonly name = 'ProviderUnavailable';
  readonly retryable = true;
}

/** The provider's gateway gave up waiting for its own server, as it does for large pages. */
export class TookTooLongError extends ProviderUnavailableError {}

/** A success whose JSON does not parse: once may be chance, twice is the message. */
export class BrokenAnswerError extends ProviderUnavailableError {}

/** The provider forgot the sync cursor: what happened since lies in a gap. */
export class CursorExpiredError extends ProviderError {
  override readonly name = 'CursorExpired';
  readonly retryable = false;
}

/** The provider refuses a list page token: start that window again. */
export class PageTokenInvalidError extends ProviderError {
  override readonly name = 'PageTokenInvalid';
  readonly retryable = false;
}

/** The one asked for is not there (any more). */
export class NotFoundError extends ProviderError {
  override readonly name = 'NotFound';
  readonly retryable = false;
}

/** The provider calls our request malformed: a bug or a limit of ours. */
export class RequestRefusedError extends ProviderError {
  override readonly name = 'RequestRefused';
  readonly retryable = false;
}

/**
 * Our own client is refused, for its secret has ended or was replaced: an operator mends that for all
 * inboxes at once, and until then what runs waits.
 */
export class ClientRefusedError extends ProviderError {
  override readonly name = 'ClientRefused';
  readonly retryable = true;
}

/** More bytes than the adapter holds in memory; callers ask for less at once. */
export class ResponseTooLargeError extends RequestRefusedError {}

/** The code exists no more, or was not for us; another consent gives another one. */
export class CodeRefusedError extends RequestRefusedError {}

/** What only the user, or the mailbox's administrator, can mend. */
export function needsUser(error: unknown): boolean {
  return (
    error instanceof TokenRevokedError ||
    error instanceof ConsentRequiredError ||
    error instanceof MailboxUnavailableError
  );
}
