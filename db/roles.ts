import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Client, escapeIdentifier, escapeLiteral, DatabaseError as PgError } from 'pg';

/** Row-level security binds both; neither owns a table. The policies name them. */
export const API_ROLE = 'sambandh_api';
export const WORKER_ROLE = 'sambandh_worker';
/** What the API becomes for an operator's request: ids, states and counts. Nobody logs in as it. */
export const OPS_ROLE = 'sambandh_ops';

export interface RolePasswords {
  apiPassword: string;
  workerPassword: string;
}

export interface RoleUrls {
  apiUrl: string;
  workerUrl: string;
}

/**
 * Creates the roles, or gives those that log in these passwords. Must run before the first migration.
 * @throws Error saying which SQL an admin must run, when the owner may not make roles
 */
export const provisionRoles = async (
  ownerUrl: string,
  { apiPassword, workerPassword }: RolePasswords,
): Promise<RoleUrls> => {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await putRole(client, API_ROLE, apiPassword);
    await putRole(client, WORKER_ROLE, workerPassword);
    await putOpsRole(client);
  } finally {
    await client.end();
  }
  return {
    apiUrl: asRole(ownerUrl, API_ROLE, apiPassword),
    workerUrl: asRole(ownerUrl, WORKER_ROLE, workerPassword),
  };
};

/**
 * Without `inherit` the API has none of its rights, and none of its policies apply, until it asks for
 * the role by name.
 */
const GRANT_OPS = `grant ${OPS_ROLE} to ${API_ROLE} with inherit false, set true`;

const putOpsRole = async (client: Client): Promise<void> => {
  const known = await client.query('select from pg_roles where rolname = $1', [OPS_ROLE]);
  try {
    if (!known.rowCount) await client.query(`create role ${OPS_ROLE} ${OPS_ATTRIBUTES}`);
    await client.query(GRANT_OPS);
  } catch (error) {
    if (isConcurrent(error)) return putOpsRole(client);
    throw cannotMake(OPS_ROLE, error);
  }
};

const OPS_ATTRIBUTES = 'nologin nosuperuser nobypassrls nocreatedb nocreaterole noinherit';
const ATTRIBUTES = 'login nosuperuser nobypassrls nocreatedb nocreaterole noreplication noinherit';

const putRole = async (client: Client, role: string, password: string): Promise<void> => {
  const known = await client.query(
    'select rolsuper, rolbypassrls from pg_roles where rolname = $1',
    [role],
  );
  const verb = known.rowCount ? 'alter' : 'create';
  // Only a superuser may so much as mention these two, and an existing role rarely has them.
  const [has] = known.rows as { rolsuper: boolean; rolbypassrls: boolean }[];
  const attributes =
    has && !has.rolsuper && !has.rolbypassrls
      ? 'login nocreatedb nocreaterole noinherit'
      : ATTRIBUTES;
  const verifier = escapeLiteral(scramVerifier(password));
  try {
    await client.query(`${verb} role ${escapeIdentifier(role)} ${attributes} password ${verifier}`);
  } catch (error) {
    // Roles are the whole cluster's: another process may be doing the same right now.
    if (isConcurrent(error)) return putRole(client, role, password);
    throw cannotMake(role, error);
  }
};

const cannotMake = (role: string, error: unknown): Error =>
  new Error(
    `The role ${role} could not be made (${error instanceof PgError ? error.code : error}). ` +
      'Have an admin of this Postgres run, with passwords of your own:\n' +
      [API_ROLE, WORKER_ROLE]
        .map((name) => `  create role ${name} ${ATTRIBUTES} password '…';\n`)
        .join('') +
      `  create role ${OPS_ROLE} ${OPS_ATTRIBUTES};\n  ${GRANT_OPS};\n` +
      'and give the same passwords in DATABASE_URL_API and DATABASE_URL_WORKER.',
  );

/** duplicate_object, unique_violation, and "tuple concurrently updated", which has no code of its own */
const isConcurrent = (error: unknown): boolean =>
  error instanceof PgError &&
  (error.code === '42710' ||
    error.code === '23505' ||
    (error.code === 'XX000' && error.message.startsWith('tuple concurrently')));

/**
 * What Postgres stores for a password. Made here, as psql's \password does: statements are logged,
 * and this way the password is not in one.
 */
const scramVerifier = (password: string): string => {
  if (!/^[\x21-\x7e]{12,}$/.test(password)) {
    throw new Error('A role password needs 12 or more printable ASCII characters and no spaces.');
  }
  const iterations = 4096;
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const server = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${server}`;
};

const asRole = (url: string, role: string, password: string): string => {
  const as = new URL(url);
  as.username = role;
  as.password = encodeURIComponent(password);
  return as.href;
};
