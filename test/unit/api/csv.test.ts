import { expect, test } from 'vitest';
import { csvLine } from '../../../api/csv.ts';

test('a line quotes what must be quoted', () => {
  expect(csvLine(['a', 1, null, 'x,y', 'say "so"'])).toBe('a,1,,"x,y","say ""so"""\r\n');
});

test('no cell begins as a formula', () => {
  for (const start of ['=', '+', '-', '@', '\t']) {
    expect(csvLine([`${start}cmd`])).toBe(`"'${start}cmd"\r\n`);
  }
});
