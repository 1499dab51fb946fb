import { afterEach, expect, test, vi } from 'vitest';
import { createSteps } from '../../setup/steps.ts';
import { portAnswers } from '../../stack/ports.ts';
import { startStack } from '../../stack/stack.ts';
import { createScratch } from './helpers/scratch.ts';

afterEach(() => vi.unstubAllEnvs());

const silent = createSteps({ write: () => {} });

const portOf = (url: string): number => Number(new URL(url).port);

test('starts everything at once and stops everything', async () => {
  await using scratch = await createScratch();
  const stack = await startStack({ ui: true, stateDir: scratch.path }, silent);
  const { postgres, temporal, smtp } = stack;
  const ports = [postgres.url, `grpc://${temporal.address}`, temporal.uiUrl, smtp?.url].map((url) =>
    portOf(url ?? ''),
  );
  expect(await Promise.all(ports.map(portAnswers))).toEqual([true, true, true, true]);
  await stack.stop();
  expect(await Promise.all(ports.map(portAnswers))).toEqual([false, false, false, false]);
});

test('stops what did start when a part does not', async () => {
  const lines: string[] = [];
  vi.stubEnv('DATABASE_URL', 'postgresql://nobody@127.0.0.1:1/none');
  const steps = createSteps({ write: (text) => lines.push(text) });
  await expect(startStack({ ui: false, smtp: false }, steps)).rejects.toThrow(
    'DATABASE_URL is set',
  );
  expect(lines.join('')).toMatch(/✗ Postgres .*✓ Temporal server/s);
});
