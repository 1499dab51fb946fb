import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/**
 * worker/bundle.ts evaluates these modules once for all workflows of a worker: what one of them kept
 * at its top level, every inbox of every user would share.
 */
const MODULES = [
  ...readdirSync('workflows').map((name) => `workflows/${name}`),
  'domain/log-subject.ts',
];

/** A variable, or something that can be filled, at the top level of a module. */
const STATE =
  /^(export )?(let|var) |^(export )?const [^=]+= (new (Map|Set|WeakMap|WeakSet|Array)|\[\]|\{\})/m;

describe('modules of workflows keep no state of their own', () => {
  it.each(MODULES)('%s', (path) => {
    expect(readFileSync(path, 'utf8')).not.toMatch(STATE);
  });

  it.each([
    'let last = 0;',
    'export const seen = new Set<string>();',
    'const queue: string[] = [];',
  ])('is told of `%s`', (line) => expect(line).toMatch(STATE));

  it('covers what they import', () => {
    const imported = MODULES.flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/^import (?!type)[^;]* from '\.\.\/([^']+)'/gm)].map(
        ([, file]) => file,
      ),
    );
    expect(imported.filter((path) => !MODULES.includes(path ?? ''))).toEqual([]);
  });
});
