import { setTimeout as sleep } from 'node:timers/promises';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';
import { initOrm } from './orm.ts';
import { API_ROLE, OPS_ROLE, WORKER_ROLE } from './roles.ts';

export { provisionRoles, type RolePasswords, type RoleUrls } from './roles.ts';

const ONE_AT_A_TIME = 7_264_113;
/** Whoever comes after a migration that waits for a lock waits too, so that it must not wait long. */
const LOCK_TIMEOUT_MS = 1_000;
const PAUSE_MS = 1_000;
const ATTEMPTS = 60;
const LOCK_NOT_AVAILABLE = '55P03';
const ROLES = [API_ROLE, WORKER_ROLE, OPS_ROLE];

/**
 * Brings the schema up to date; safe to call from several processes at once, and while others work.
 * @param ownerUrl a role that owns the schema; the application roles must exist
 * @returns names of the migrations that ran
 */
export const migrate = async (ownerUrl: string): Promise<string[]> => {
  const guard = new Client({ connectionString: ownerUrl });
  await guard.connect();
  try {
    await assertRolesExist(guard);
    await guard.query('select pg_advisory_lock($1)', [ONE_AT_A_TIME]);
    const orm = await initOrm({
      url: ownerUrl,
      poolMax: 2,
      applicationName: 'sambandh migrate',
      transactionTimeoutMs: 0,
      lockTimeoutMs: LOCK_TIMEOUT_MS,
    });
    try {
      return await givingWay(orm);
    } finally {
      await orm.close();
    }
  } finally {
    await guard.end();
  }
};

/** All of it in one transaction, again from the start while somebody holds what it needs. */
const givingWay = async (orm: MikroORM): Promise<string[]> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const ran = await orm.migrator.up();
      return ran.map(({ name }) => name);
    } catch (error) {
      if (attempt === ATTEMPTS || !hasCode(error, LOCK_NOT_AVAILABLE)) throw error;
      await sleep(PAUSE_MS);
    }
  }
};

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error &&
  ((error as { code?: unknown }).code === code || hasCode(error.cause, code));

/** @returns names of the migrations that have not run yet */
export const pendingMigrations = async (ownerUrl: string): Promise<string[]> => {
  const orm = await initOrm({ url: ownerUrl, poolMax: 1, applicationName: 'sambandh doctor' });
  try {
    return (await orm.migrator.getPending()).map(({ name }) => name);
  } finally {
    await orm.close();
  }
};

const assertRolesExist = async (client: Client): Promise<void> => {
  const { rows } = await client.query<{ rolname: string }>(
    'select rolname from pg_roles where rolname = any($1)',
    [ROLES],
  );
  const missing = ROLES.filter((role) => !rows.some((r) => r.rolname === role));
  if (missing.length > 0) {
    throw new Error(
      `Migrations grant rights to roles that do not exist yet: ${missing.join(', ')}. ` +
        'Call provisionRoles first, or have an admin create them.',
    );
  }
};
