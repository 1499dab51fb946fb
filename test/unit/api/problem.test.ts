import { describe, expect, it } from 'vitest';
import { PROBLEMS, Problem, problemDocument } from '../../../api/problem.ts';
import { problemOf } from '../../../api/problem-handler.ts';
import { describeError } from '../../../config/describe-error.ts';
import { DatabaseError, InboxDeletingError, InboxNotFoundError } from '../../../db/errors.ts';
import { StaleEpochError } from '../../../domain/errors.ts';
import {
  ConsentRequiredError,
  MailboxUnavailableError,
  NotFoundError,
  ProviderUnavailableError,
  RateLimitedError,
  RequestRefusedError,
  TokenRevokedError,
} from '../../../providers/errors.ts';

const ID = '01890000-0000-7000-8000-000000000000';

describe('problems', () => {
  it.each([
    [new NotFoundError('x'), 'message-gone', 410],
    [new TokenRevokedError('x'), 'inbox-not-connected', 409],
    [new ConsentRequiredError('x'), 'inbox-not-connected', 409],
    [new MailboxUnavailableError('x'), 'inbox-not-connected', 409],
    [new RateLimitedError('x', 1_500), 'provider-busy', 503],
    [new ProviderUnavailableError('x'), 'provider-unavailable', 502],
    [new RequestRefusedError('x'), 'provider-unavailable', 502],
    [new StaleEpochError(ID, 1), 'inbox-not-connected', 409],
    [new InboxNotFoundError(ID), 'not-found', 404],
    [new InboxDeletingError(ID), 'inbox-deleting', 409],
    [new DatabaseError('08006', {}), 'temporarily-unavailable', 503],
    [new DatabaseError('23505', {}), 'internal', 500],
    [new Error('password=x'), 'internal', 500],
    ['a thrown string', 'internal', 500],
    [null, 'internal', 500],
  ])('%s', (error, code, status) => {
    const problem = problemOf(error);
    expect([problem.code, problem.status]).toEqual([code, status]);
  });

  it('says in Retry-After when to come back, in whole seconds', () => {
    expect(problemOf(new RateLimitedError('x', 1_500)).headers).toEqual({ 'Retry-After': '2' });
  });

  it('never tells the caller what the error said', () => {
    const said = JSON.stringify(problemDocument(problemOf(new Error('carol@x.example')), 'id'));
    expect(said).not.toContain('carol');
    const provider = new ProviderUnavailableError('carol@x.example');
    expect(JSON.stringify(problemDocument(problemOf(provider), 'id'))).not.toContain('carol');
  });

  it('is a document of RFC 9457', () => {
    const errors = [{ field: 'a', message: 'b' }];
    expect(problemDocument(new Problem('invalid-request', 'What.', { errors }), 'r-1')).toEqual({
      type: '/problems/invalid-request',
      title: PROBLEMS['invalid-request'].title,
      status: 400,
      detail: `What. ${PROBLEMS['invalid-request'].action}`,
      instance: '/requests/r-1',
      errors,
    });
  });
});

describe('advice', () => {
  it('speaks of errors only when some are listed', () => {
    const { detail } = problemDocument(new Problem('invalid-request', 'What.'), 'r-1');
    expect(detail).toBe('What. Correct the request and send it again.');
  });
});

describe('errors in the log', () => {
  it('keep names, codes and frames, and no message', () => {
    const cause = Object.assign(new TypeError('to carol@x.example\n    at carol@x.example'), {
      code: 'E_X',
    });
    const error = new Error('Failing row contains (carol@x.example)', { cause });
    const described = describeError(error);
    expect(JSON.stringify(described)).not.toContain('carol');
    expect(described).toMatchObject({ name: 'Error', cause: { name: 'TypeError', code: 'E_X' } });
    expect(described.stack?.[0]).toContain('problem.test.ts');
  });
});
