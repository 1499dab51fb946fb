import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandError, runCommand } from '../stack/run-command.ts';
import { auditDependencies } from './audit.ts';
import { checkImports } from './check-imports.ts';
import { createSteps } from './steps.ts';

/** `npm run check`: everything that is judged without running the product. */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BIN = join(ROOT, 'node_modules', '.bin');

interface Check {
  name: string;
  /** @returns what there is to say of it, or nothing; @throws Error what is wrong, in full */
  run(): Promise<string>;
}

const tool = (name: string, command: string, ...args: string[]): Check => ({
  name,
  run: async () => {
    // The tools are scripts whose first line looks for a "node": let it find this one.
    const env = { ...process.env, PATH: `${BIN}:${process.env.PATH}`, NO_COLOR: '1' };
    await runCommand(join(BIN, command), args, { env, cwd: ROOT, timeoutMs: 5 * 60_000 });
    return '';
  },
});

const CHECKS: readonly Check[] = [
  tool('Types (tsc)', 'tsc', '--noEmit'),
  tool('Types of the page (tsc)', 'tsc', '--noEmit', '--project', 'web'),
  tool('Lint and format (biome)', 'biome', 'check', '--error-on-warnings', '.'),
  tool('Dead code (knip)', 'knip', '--no-progress', '--treat-config-hints-as-errors'),
  { name: 'Known holes in dependencies', run: () => auditDependencies(ROOT) },
  {
    name: 'Who imports whom',
    run: async () => {
      const problems = await checkImports(ROOT);
      if (problems.length > 0) throw new Error(problems.join('\n'));
      return '';
    },
  },
];

const main = async (): Promise<void> => {
  if (!existsSync(BIN)) throw new Error('Dependencies are not installed: run "npm ci".');
  const steps = createSteps();
  const outcomes = await Promise.allSettled(
    CHECKS.map(({ name, run }) => steps.run(name, run, String)),
  );
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') continue;
    process.exitCode = 1;
    const { reason } = outcome;
    const said = reason instanceof CommandError ? reason.output || reason.message : reason.message;
    console.error(`\n── ${CHECKS[index]?.name}\n${said.trim()}`);
  }
};

await main();
