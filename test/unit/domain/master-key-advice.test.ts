import { expect, test } from 'vitest';
import { masterKeyAdvice } from '../../../domain/master-key-advice.ts';

const adviceOf = (used: Record<string, number>) =>
  Object.fromEntries(
    masterKeyAdvice({ configured: ['new', 'old'], used: new Map(Object.entries(used)) }).map(
      ({ id, words }) => [id, words],
    ),
  );

test('a master key may go when nothing is under it', () => {
  expect(adviceOf({ new: 3 })).toEqual({
    new: 'current',
    old: expect.stringContaining('may be removed'),
  });
  expect(adviceOf({ new: 3, old: 1 })).toMatchObject({ old: 'keep it: npm run keys -- rewrap' });
});

test('a master key stays while something does not say under which it is', () => {
  expect(adviceOf({ new: 3, '': 1 })).toEqual({
    new: 'current',
    old: 'keep it: npm run keys -- rewrap',
    '': expect.stringContaining('do not name'),
  });
});

test('a master key that is in use and gone is told of', () => {
  expect(adviceOf({ new: 3, lost: 1 })).toMatchObject({ lost: expect.stringMatching(/^MISSING/) });
});
