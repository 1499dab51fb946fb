import { expect, it } from 'vitest';
import { explainBackfill } from '../../../domain/explain-backfill.ts';

const ENDED = {
  state: 'completed_with_failures',
  inboxStatus: 'connected',
  failure: null,
  replayedBy: null,
  slices: 2,
  slicesDone: 2,
} as const;

it.each([
  [{ failed: 1, missing: 0 }, 'It went through everything; 1 message could not be stored.'],
  [{ failed: 0, missing: 1 }, 'It went through everything; 1 message has no verdict.'],
  [
    { failed: 3, missing: 2 },
    'It went through everything; 3 messages could not be stored and 2 messages have no verdict.',
  ],
])('B11 an ended backfill says what is open, and nothing of what is not: %o', (now, words) => {
  expect(explainBackfill(ENDED, now)).toMatchObject({ whole: false, why: words });
});
