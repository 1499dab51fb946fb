import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigError, readConfig } from '../config/config.ts';
import { diagnose } from './doctor/diagnose.ts';

/**
 * `npm run doctor`: asks everything that the configuration names whether it is what it should be, and
 * says what is missing and what to do. It changes nothing. Exit codes: 0 nothing is wrong, 1 something is.
 */
const ENV_FILE = fileURLToPath(new URL('../.env', import.meta.url));

const MARKS = { ok: '✓', hint: '–', bad: '✗' } as const;

async function main(): Promise<void> {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE);
  const results = await diagnose(readConfig(), process.env.DATABASE_URL);
  for (const { name, findings } of results) {
    console.log(name);
    for (const { level, text } of findings) console.log(`  ${MARKS[level]} ${text}`);
  }
  const wrong = results.flatMap(({ findings }) => findings).filter(({ level }) => level === 'bad');
  console.log(wrong.length === 0 ? '\n✓ Nothing is wrong.' : `\n✗ ${wrong.length} to mend.`);
  if (wrong.length > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
}
