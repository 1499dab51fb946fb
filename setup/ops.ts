import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { OpsApi, OpsError } from './ops/api.ts';
import { parseCommand, UsageError } from './ops/command.ts';
import { runCommand } from './ops/run.ts';

/**
 * `npm run ops -- <command>`: what operators do, by the same API as any other tool.
 * Exit codes: 0 done, 1 refused or out of reach, 2 not a command, 3 done for some and not for others.
 */
const ENV_FILE = fileURLToPath(new URL('../.env', import.meta.url));

async function main(): Promise<void> {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE);
  const command = parseCommand(process.argv.slice(2));
  const api = await OpsApi.fromEnvironment(process.env);
  process.exitCode = await runCommand(command, api, (text) => console.log(text));
}

try {
  await main();
} catch (error) {
  const ours = error instanceof OpsError || error instanceof UsageError;
  console.error(ours ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
