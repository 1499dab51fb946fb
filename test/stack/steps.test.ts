import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { createSteps } from '../../setup/steps.ts';

const TIME = /\d+\.\d s/g;

const record = (isTTY: boolean) => {
  const written: string[] = [];
  const steps = createSteps({ isTTY, columns: 40, write: (text) => written.push(text) });
  return { steps, text: () => written.join('').replace(TIME, '0.0 s') };
};

test('prints each event on a line where there is no terminal', async () => {
  const { steps, text } = record(false);
  await steps.run(
    'Temporal server',
    async ({ note }) => {
      note('44 MB');
      return '1.9.1';
    },
    (version) => version,
  );
  const failure = steps.run('Postgres', async () => {
    throw new Error('no disk');
  });
  await expect(failure).rejects.toThrow('no disk');
  expect(text()).toBe(
    '▸ Temporal server … (44 MB)\n✓ Temporal server 1.9.1 (0.0 s)\n✗ Postgres (0.0 s)\n',
  );
});

test('keeps steps under way on the last lines of a terminal, each within its width', async () => {
  const { steps, text } = record(true);
  const slow = Promise.withResolvers<void>();
  const both = [
    steps.run('Slow', () => slow.promise),
    steps.run('Quick', async ({ note }) => note('x'.repeat(100))),
  ];
  await both[1];
  steps.say('hello');
  slow.resolve();
  await both[0];
  const [afterQuick = '', afterSlow = ''] =
    text().split('✓ Quick (0.0 s)\n')[1]?.split('hello\n') ?? [];
  expect(afterQuick).toBe('▸ Slow …\n\x1b[1A\x1b[0J');
  expect(afterSlow).toBe('▸ Slow …\n\x1b[1A\x1b[0J✓ Slow (0.0 s)\n');
  const lines = stripVTControlCharacters(text()).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40);
});
