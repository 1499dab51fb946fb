import { describe, expect, it } from 'vitest';
import type { Inbox } from '../../../web/api-types.ts';
import { OUTCOMES, type Outcome, WENT_WELL } from '../../../web/outcomes.ts';
import { stillHolds } from '../../../web/still-holds.ts';

const PROBLEM = { code: 'scope_gone', since: '', words: '', action: '' } as const;
const CONNECTED = {
  ...{ status: 'connected', scope: { kind: 'contacts' }, sending: false, problem: null },
} as Inbox;

describe('what a consent came to', () => {
  const holds = (code: Outcome, inbox: Partial<Inbox> = {}): boolean =>
    stillHolds(
      { code, kind: WENT_WELL.includes(code) ? 'good' : 'warn' },
      { ...CONNECTED, ...inbox },
    );

  it.each(WENT_WELL)('%s is not said of an inbox that needs its user or is gone', (code) => {
    expect(holds(code, { status: 'needs_reconnect' })).toBe(false);
    expect(holds(code, { status: 'disconnected' })).toBe(false);
    expect(holds(code, { problem: PROBLEM })).toBe(false);
  });

  it('is said as long as the inbox is as it says', () => {
    expect(holds('connected')).toBe(true);
    expect(holds('reconnected', { sending: true })).toBe(true);
    expect(holds('connected_unchosen', { scope: { kind: 'unchosen' } })).toBe(true);
    expect(holds('connected_unchosen')).toBe(false);
    expect(holds('sending_on', { sending: true })).toBe(true);
    expect(holds('sending_on')).toBe(false);
    expect(holds('reconnected_sending_off')).toBe(true);
    expect(holds('reconnected_sending_off', { sending: true })).toBe(false);
  });

  it('is said in any case where it went wrong', () => {
    for (const code of Object.keys(OUTCOMES) as Outcome[]) {
      if (!WENT_WELL.includes(code)) expect(holds(code, { status: 'needs_reconnect' })).toBe(true);
    }
  });
});
