import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { describeError } from '../config/describe-error.ts';
import { KeyStoreError } from '../crypto/key-provider.ts';
import { DatabaseError, InboxDeletingError, InboxNotFoundError } from '../db/errors.ts';
import { StaleEpochError } from '../domain/errors.ts';
import { NotFoundError, needsUser, ProviderError, RateLimitedError } from '../providers/errors.ts';
import { DataKeyDestroyedError } from '../vault/data-keys.ts';
import { notFound, Problem, problemDocument } from './problem.ts';
import { requestIdOf } from './request-log.ts';

/** The one place where an error becomes an answer. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error, req, res, next) => {
    // The caller hung up, which is why it failed, and nobody is there to be told.
    if (res.closed) return;
    const problem = problemOf(error);
    const requestId = requestIdOf(req);
    if (problem.code === 'internal') {
      log.error({ requestId, failure: describeError(error) }, 'request failed');
    } else if (problem.status >= 500) {
      log.warn(
        { requestId, problem: problem.code, failure: describeError(error) },
        'request failed',
      );
    }
    // Too late for another status: close the connection, or a cut answer would look whole.
    if (res.headersSent) return next(error);
    sendProblem(res, problem, requestId);
  };
}

/** Whatever address nothing listens at. */
export const unknownAddress: RequestHandler = () => {
  throw new Problem('not-found', 'Nothing is served at this address.');
};

/** For a known address asked with a method it does not take. */
export function onlyMethods(...methods: string[]): RequestHandler {
  return () => {
    throw new Problem('method-not-allowed', `This address takes ${methods.join(', ')} only.`, {
      headers: { Allow: methods.join(', ') },
    });
  };
}

export function sendProblem(res: Response, problem: Problem, requestId: string): void {
  const body = JSON.stringify(problemDocument(problem, requestId));
  res
    .status(problem.status)
    .set(problem.headers)
    .set('Cache-Control', 'no-store')
    .type('application/problem+json')
    .send(body);
}

/** Anything not known here is our mistake, and says nothing of itself to the caller. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ProviderError) return problemOfProvider(error);
  if (error instanceof StaleEpochError) {
    return new Problem('inbox-not-connected', 'The inbox was disconnected meanwhile.', {
      cause: error,
    });
  }
  return problemOfStore(error) ?? problemOfParser(error) ?? internal(error);
}

function problemOfStore(error: unknown): Problem | null {
  if (error instanceof InboxNotFoundError) return notFound('inbox');
  if (error instanceof InboxDeletingError) {
    return new Problem('inbox-deleting', 'Nothing was changed.', { cause: error });
  }
  if (error instanceof DataKeyDestroyedError) {
    return new Problem('not-found', 'The email history of this inbox was deleted.', {
      cause: error,
    });
  }
  if (error instanceof KeyStoreError) {
    return new Problem('temporarily-unavailable', 'The key store did not answer as it should.', {
      headers: { 'Retry-After': '2' },
      cause: error,
    });
  }
  if (error instanceof DatabaseError && error.retryable) {
    return new Problem('temporarily-unavailable', 'The database did not answer as it should.', {
      headers: { 'Retry-After': '2' },
      cause: error,
    });
  }
  return null;
}

function problemOfProvider(error: ProviderError): Problem {
  if (error instanceof NotFoundError) {
    return new Problem('message-gone', 'The provider answered that this is not there any more.', {
      cause: error,
    });
  }
  if (needsUser(error)) {
    return new Problem('inbox-not-connected', 'The provider no longer lets us read this mailbox.', {
      cause: error,
    });
  }
  if (error instanceof RateLimitedError) {
    return new Problem('provider-busy', 'Other work for this mailbox has used what it may spend.', {
      headers: { 'Retry-After': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) },
      cause: error,
    });
  }
  return new Problem('provider-unavailable', 'The provider could not be asked.', { cause: error });
}

/** Express, its router and its body parser mark a client's mistakes with a 4xx `status`. */
function problemOfParser(error: unknown): Problem | null {
  const { status, type } = (error ?? {}) as { status?: unknown; type?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499) return null;
  if (status === 413) return new Problem('body-too-large', 'The body passes this address’s limit.');
  if (status === 415) {
    return new Problem(
      'unsupported-media-type',
      'The body’s charset or encoding is not read here.',
    );
  }
  if (type === 'entity.parse.failed' || type === 'entity.verify.failed') {
    return new Problem('malformed-json', 'The body could not be read as JSON in UTF-8.');
  }
  return new Problem('invalid-request', unreadable(error));
}

function unreadable(error: unknown): string {
  if (error instanceof URIError) return 'The path holds an escape that cannot be decoded.';
  const code = String((error as { code?: unknown }).code);
  if (code.startsWith('Z_')) return 'The compressed body could not be unpacked.';
  return 'The request could not be read.';
}

function internal(error: unknown): Problem {
  return new Problem('internal', 'The request was not carried out.', { cause: error });
}
