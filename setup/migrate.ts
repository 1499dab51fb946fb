import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { migrate, provisionRoles } from '../db/migrate.ts';

/**
 * `npm run migrate`: makes the two plain roles and brings the schema up to date, as the owner that
 * DATABASE_URL names. Safe to run again, and beside a running older version.
 */
const ENV_FILE = fileURLToPath(new URL('../.env', import.meta.url));

async function main(): Promise<void> {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE);
  const owner = urlOf('DATABASE_URL');
  await provisionRoles(owner.href, {
    apiPassword: passwordOf('DATABASE_URL_API'),
    workerPassword: passwordOf('DATABASE_URL_WORKER'),
  });
  const ran = await migrate(owner.href);
  console.log(
    ran.length === 0 ? '✓ The schema is up to date.' : `✓ Migrations run: ${ran.join(', ')}`,
  );
}

function urlOf(name: string): URL {
  const value = process.env[name];
  if (!value || !URL.canParse(value)) {
    throw new Error(`${name} is not set to a Postgres URL; .env.example explains it.`);
  }
  return new URL(value);
}

function passwordOf(name: string): string {
  const { password } = urlOf(name);
  if (!password) throw new Error(`${name} has no password; the role would not be able to log in.`);
  return decodeURIComponent(password);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
