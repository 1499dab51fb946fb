import { describe, expect, it } from 'vitest';
import { verdictOnSend } from '../../../activities/send-verdict.ts';
import { StaleEpochError } from '../../../domain/errors.ts';
import {
  AccessTokenRejectedError,
  ConsentRequiredError,
  ProviderUnavailableError,
  RateLimitedError,
  RequestRefusedError,
  TokenRevokedError,
} from '../../../providers/errors.ts';
import { SendingOffError } from '../../../session/call-gate.ts';
import { NeverLeftError } from '../../../session/send-off.ts';

describe('what a failed send means', () => {
  it('is uncertain whenever the call had left and nobody refused it', () => {
    for (const error of [new ProviderUnavailableError('reset'), new Error('bug'), 'odd']) {
      expect(verdictOnSend(error, true)).toEqual({ kind: 'perhaps' });
    }
  });

  it('is certain before it left', () => {
    for (const error of [new ProviderUnavailableError('no token'), new Error('bug')]) {
      expect(verdictOnSend(error, false).kind).toBe('later');
    }
    expect(verdictOnSend(new NeverLeftError('no connection'), true).kind).toBe('later');
  });

  it('is what the provider says, where it says it', () => {
    expect(verdictOnSend(new RateLimitedError('slow', 7_000), true)).toEqual({
      ...{ kind: 'later', waitMs: 7_000 },
    });
    expect(verdictOnSend(new AccessTokenRejectedError('401'), true).kind).toBe('later');
    const never = (error: Error) => verdictOnSend(error, true);
    expect(never(new RequestRefusedError('x'))).toEqual({ kind: 'never', failure: 'refused' });
    expect(never(new ConsentRequiredError('x'))).toEqual({
      ...{ kind: 'never', failure: 'permission_missing' },
    });
    expect(never(new TokenRevokedError('x'))).toEqual({ kind: 'never', failure: 'access_lost' });
    expect(never(new SendingOffError('i'))).toEqual({
      ...{ kind: 'never', failure: 'sending_turned_off' },
    });
    expect(verdictOnSend(new StaleEpochError('i', 1), true).kind).toBe('later');
  });
});
