import { describe, expect, it } from 'vitest';
import { explainBackfill } from '../../../domain/explain-backfill.ts';

const ENDED = {
  inboxStatus: 'connected',
  failure: null,
  plannedAt: 1,
  slices: 6,
  slicesDone: 6,
} as const;
const GIVEN_UP = { ...ENDED, state: 'failed', failure: 'SealBroken' } as const;
const NONE = { failed: 0, missing: 0, failures: [] };
const failed = (code: string, count: number) => ({
  failed: count,
  missing: 0,
  failures: [{ code, count }],
});

describe('B11 a backfill explained', () => {
  it('that ended before its plan has gone through nothing, and is not whole', () => {
    const unplanned = { ...GIVEN_UP, plannedAt: null, slices: 0, slicesDone: 0 };
    expect(explainBackfill(unplanned, NONE, null)).toEqual({
      whole: false,
      why: expect.stringMatching(/before its plan, with nothing searched, as SealBroken/),
      action: 'Mend what the failure names, then replay it.',
    });
  });

  it('and replayed is as whole as its latest replay', () => {
    const left = { ...GIVEN_UP, slicesDone: 1 };
    const replay = { id: 'inbox.2', state: 'completed' } as const;
    expect(explainBackfill(left, NONE, replay)).toMatchObject({
      whole: true,
      why: expect.stringContaining('5 of 6 slices left'),
      action: 'Nothing: it is whole.',
    });
    expect(explainBackfill(left, NONE, { ...replay, state: 'failed' })).toMatchObject({
      whole: false,
      action: 'Look at inbox.2, its latest replay.',
    });
  });

  it('whose messages are all too large is not to be replayed', () => {
    const row = { ...ENDED, state: 'completed_with_failures' } as const;
    expect(explainBackfill(row, failed('too_large', 2), null).action).toMatch(/^Nothing helps/);
    expect(explainBackfill(row, failed('unreadable', 2), null).action).toMatch(/replay it/);
    const given = explainBackfill(GIVEN_UP, failed('too_large', 2), null);
    expect(given.action).toMatch(/replay it/);
  });

  it.each([
    [{ failed: 1, missing: 0 }, 'It went through everything; 1 message could not be stored.'],
    [{ failed: 0, missing: 1 }, 'It went through everything; 1 message has no verdict.'],
    [
      { failed: 3, missing: 2 },
      'It went through everything; 3 messages could not be stored and 2 messages have no verdict.',
    ],
  ])('that ended says what is open, and nothing of what is not: %o', (now, words) => {
    const row = { ...ENDED, state: 'completed_with_failures' } as const;
    const explained = explainBackfill(row, { ...now, failures: [] }, null);
    expect(explained).toMatchObject({ whole: false, why: words });
  });
});
