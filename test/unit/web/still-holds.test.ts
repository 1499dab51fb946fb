import { describe, expect, it } from 'vitest';
import type { Inbox, RunningBackfill } from '../../../web/api-types.ts';
import { OUTCOMES, type Outcome, outcomeWords, WENT_WELL } from '../../../web/outcomes.ts';
import { untilOtherwise, wordsNow } from '../../../web/still-holds.ts';

const PROBLEM = { code: 'scope_gone', since: '', words: '', action: '' } as const;
const CONNECTED = {
  ...{ status: 'connected', scope: { kind: 'contacts' }, sending: false, problem: null },
  epoch: 1,
} as Inbox;

describe('what a consent came to', () => {
  const told = (code: Outcome) =>
    untilOtherwise({ code, kind: WENT_WELL.includes(code) ? 'good' : 'warn' }, CONNECTED);
  const holds = (code: Outcome, inbox: Partial<Inbox> = {}): boolean =>
    told(code)({ ...CONNECTED, ...inbox });

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

  it('that nothing has changed is said until scope, sending or epoch is another, and not again', () => {
    const label = { kind: 'label', labelId: 'l' } as const;
    for (const otherwise of [{ scope: label }, { sending: true }, { epoch: 2 }]) {
      const saysSo = told('already_connected');
      expect(saysSo({ ...CONNECTED, scope: { kind: 'contacts' } })).toBe(true);
      expect(saysSo({ ...CONNECTED, ...otherwise })).toBe(false);
      expect(saysSo(CONNECTED)).toBe(false);
    }
  });

  it('tells of the import and the catch-up only as long as they run', () => {
    const now = (code: Outcome, ...kinds: RunningBackfill['kind'][]) =>
      wordsNow(
        { code, ...outcomeWords(code, 90) },
        kinds.map((kind) => ({ kind })),
      );
    expect(now('connected', 'initial')).toMatch(/^The last 90 days/);
    expect(now('connected', 'recheck')).toBe('');
    expect(now('connected_unchosen')).toBe('');
    const goesOn = 'Sync goes on, and what came in meanwhile comes in as well.';
    expect(now('reconnected', 'contacts', 'gap')).toBe(goesOn);
    expect(now('reconnected', 'recheck')).toBe('');
    expect(now('reconnected_sending_off', 'gap')).toContain(goesOn);
    // That sending is off, and what was not sent, stays true.
    expect(now('reconnected_sending_off')).toMatch(/^Send from Sambandh is off now/);
    expect(now('already_connected')).toMatch(/^Nothing has changed/);
    expect(now('consent_denied')).toBe(OUTCOMES.consent_denied.words);
  });

  it('is said in any case where it went wrong', () => {
    for (const code of Object.keys(OUTCOMES) as Outcome[]) {
      if (!WENT_WELL.includes(code)) expect(holds(code, { status: 'needs_reconnect' })).toBe(true);
    }
  });
});
