import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { createScratch, type Scratch } from './helpers/scratch.ts';

const SETUP = fileURLToPath(new URL('../../setup/', import.meta.url));

const PACKAGES = {
  '': { name: 'sample' },
  'node_modules/needed': { version: '1.0.0' },
  'node_modules/tool': { version: '2.0.0', dev: true },
  'node_modules/elsewhere': { version: '3.0.0', optional: true },
};

/** What npm would leave behind: the packages, and its own record of them. */
const INSTALL = `mkdir -p node_modules/needed node_modules/tool
echo '${JSON.stringify({ packages: PACKAGES })}' > node_modules/.package-lock.json`;

/** A clone with nothing installed, whose npm is a script that notes how it is called. */
const createClone = async (scratch: Scratch, npm = INSTALL): Promise<void> => {
  await mkdir(join(scratch.path, 'setup'));
  for (const file of ['run.mjs', 'install.mjs', 'when-npm-is-gone.mjs']) {
    await cp(join(SETUP, file), join(scratch.path, 'setup', file));
  }
  await writeFile(join(scratch.path, 'package-lock.json'), JSON.stringify({ packages: PACKAGES }));
  await mkdir(join(scratch.path, 'bin'));
  await scratch.script('bin/npm', `echo "$@" >> npm-calls\n${npm}`);
};

const writeCommand = (scratch: Scratch, code: string): Promise<void> =>
  writeFile(join(scratch.path, 'setup', 'test.ts'), code);

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const envOf = (scratch: Scratch) => {
  const { npm_execpath: _, ...rest } = process.env;
  return { ...rest, PATH: `${join(scratch.path, 'bin')}:${rest.PATH}` };
};

const run = (scratch: Scratch, ...args: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const env = envOf(scratch);
    const script = join(scratch.path, 'setup', 'run.mjs');
    execFile(process.execPath, [script, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });

const npmCalls = async (scratch: Scratch): Promise<string[]> =>
  (await readFile(join(scratch.path, 'npm-calls'), 'utf8').catch(() => ''))
    .split('\n')
    .slice(0, -1);

test('installs once, then hands over arguments and exit code', async () => {
  await using scratch = await createScratch();
  await createClone(scratch);
  await writeCommand(scratch, 'console.log(process.argv.slice(2)); process.exitCode = 7;');
  const first = await run(scratch, 'test', '--', 'some-file');
  expect(first.stdout).toMatch(/✓ Installing dependencies .*\n\[ '--', 'some-file' \]/s);
  expect(first.code).toBe(7);
  const second = await run(scratch, 'test');
  expect(second.stdout).toBe('[]\n');
  expect(await npmCalls(scratch)).toEqual(['ci --include=dev --include=optional']);
});

test('installs again when package-lock.json asks for another version', async () => {
  await using scratch = await createScratch();
  await createClone(scratch);
  await writeCommand(scratch, '');
  await run(scratch, 'test');
  const packages = { ...PACKAGES, 'node_modules/needed': { version: '1.0.1' } };
  await writeFile(join(scratch.path, 'package-lock.json'), JSON.stringify({ packages }));
  await run(scratch, 'test');
  expect(await npmCalls(scratch)).toHaveLength(2);
});

test('lets the first of two concurrent runs install, and the second wait', async () => {
  await using scratch = await createScratch();
  await createClone(scratch, `sleep 0.5\n${INSTALL}`);
  await writeCommand(scratch, 'console.log("ran")');
  const outcomes = await Promise.all([run(scratch, 'test'), run(scratch, 'test')]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
  expect(await npmCalls(scratch)).toHaveLength(1);
});

test('takes over a lock whose owner is gone', async () => {
  await using scratch = await createScratch();
  await createClone(scratch);
  await writeCommand(scratch, '');
  await mkdir(join(scratch.path, '.cache'));
  // Above any process id.
  await writeFile(join(scratch.path, '.cache', 'install.lock'), '4194999');
  expect((await run(scratch, 'test')).code).toBe(0);
});

test('shows what npm said when it fails, and what helps', async () => {
  await using scratch = await createScratch();
  await createClone(scratch, 'echo "npm error ENOSPC" >&2; exit 28');
  await writeCommand(scratch, '');
  const { code, stderr } = await run(scratch, 'test');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^npm ci failed\. Its last output:\n {2}npm error ENOSPC\nWhat helps/);
});

test('names the commands there are', async () => {
  await using scratch = await createScratch();
  await createClone(scratch);
  const { code, stderr } = await run(scratch, 'tset');
  expect(code).toBe(1);
  expect(stderr).toBe(
    'Unknown command "tset". There are: demo, test, bench, start, migrate, doctor, ops, keys, record-histories, check.\n',
  );
  expect(await npmCalls(scratch)).toEqual([]);
});

test('ends what runs when npm is killed with SIGKILL, although its shell lives on', async () => {
  await using scratch = await createScratch();
  await createClone(scratch);
  await writeCommand(
    scratch,
    `import { writeFileSync } from 'node:fs';
     process.on('SIGTERM', () => { writeFileSync('drained', ''); process.exit(); });
     writeFileSync('running', '');
     setInterval(() => {}, 1_000);`,
  );
  const isThere = async (file: string): Promise<boolean> => existsSync(join(scratch.path, file));
  const asNpm = `require('node:child_process').spawn('sh', ['-c',
    '"$NODE" setup/run.mjs test; true'], { stdio: 'inherit' }); setInterval(() => {}, 1_000);`;
  const npm = spawn(process.execPath, ['-e', asNpm], {
    cwd: scratch.path,
    env: { ...envOf(scratch), NODE: process.execPath, npm_lifecycle_event: 'test' },
    stdio: 'ignore',
  });
  await until('it runs', () => isThere('running'));
  npm.kill('SIGKILL');
  await until('it has drained', () => isThere('drained'));
});
