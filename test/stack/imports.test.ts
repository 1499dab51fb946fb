import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkImports } from '../../setup/check-imports.ts';
import { createScratch } from './helpers/scratch.ts';

const problemsOf = async (files: Readonly<Record<string, string>>): Promise<string[]> => {
  await using scratch = await createScratch();
  const dependencies = { pg: '8.23.0', '@temporalio/common': '1.24.0' };
  const all = { 'package.json': JSON.stringify({ dependencies }), ...files };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(scratch.path, path)), { recursive: true });
    await writeFile(join(scratch.path, path), text);
  }
  return await checkImports(scratch.path);
};

test('lets workflows import types of activities, and no values', async () => {
  const problems = await problemsOf({
    'activities/index.ts': 'export const x = 1;\n',
    'workflows/good.ts': "import type { Activities } from '../activities/index.ts';\n",
    'workflows/bad.ts': "import {\n  x,\n  type Activities,\n} from '../activities/index.ts';\n",
    'workflows/late.ts': "const load = () => import('../activities/index.ts');\n",
    'workflows/again.ts': "export { x } from '../activities/index.ts';\n",
  });
  expect(problems.toSorted().map((line) => line.split(':')[0])).toEqual([
    'workflows/again.ts imports activities/index.ts',
    'workflows/bad.ts imports activities/index.ts',
    'workflows/late.ts imports activities/index.ts',
  ]);
});

test('lets nobody but the outer folders import the API', async () => {
  const problems = await problemsOf({
    'api/app.ts': '',
    'worker/main.ts': "import '../api/app.ts';\n",
    'test/e2e/one.test.ts': "import '../../api/app.ts';\n",
  });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/^worker\/main\.ts imports api\/app\.ts: worker\/ may import domain/);
});

test('keeps dev dependencies out of production code', async () => {
  const problems = await problemsOf({
    'db/one.ts': "import { Client } from 'pg';\nimport x from '@temporalio/common/lib/x';\n",
    'db/two.ts': "import { readFile } from 'node:fs/promises';\nimport x from 'vitest';\n",
    'test/one.ts': "import x from 'vitest';\n",
  });
  expect(problems).toEqual([
    'db/two.ts imports vitest, which is not among the dependencies of package.json',
  ]);
});

test('finds cycles, but none through types', async () => {
  const problems = await problemsOf({
    'domain/a.ts': "import { b } from './b.ts';\n",
    'domain/b.ts': "import { c } from './c.ts';\n",
    'domain/c.ts': "import { a } from './a.ts';\nimport type { B } from './b.ts';\n",
    'domain/d.ts': "import type { E } from './e.ts';\n",
    'domain/e.ts': "import { d } from './d.ts';\n",
  });
  expect(problems).toEqual(['cycle: domain/a.ts → domain/b.ts → domain/c.ts → domain/a.ts']);
});

test('wants a rule for every folder of code', async () => {
  expect(await problemsOf({ 'newcomer/one.ts': '', 'docs/one.md': '' })).toEqual([
    'newcomer/ has no rule in setup/import-rules.ts',
  ]);
});
