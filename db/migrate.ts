import { Client } from 'pg';
import { initOrm } from './orm.ts';
import { API_ROLE, OPS_ROLE, WORKER_ROLE } from './roles.ts';

export { provisionRoles, type RolePasswords, type RoleUrls } from './roles.ts';

const ONE_AT_A_TIME = 7_264_113;
const ROLES = [API_ROLE, WORKER_ROLE, OPS_ROLE];

/**
 * Brings the schema up to date; safe to call from several processes at once.
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
    });
    try {
      const ran = await orm.migrator.up();
      return ran.map(({ name }) => name);
    } finally {
      await orm.close();
    }
  } finally {
    await guard.end();
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
