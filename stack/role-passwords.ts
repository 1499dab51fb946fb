import { createHmac } from 'node:crypto';
import type { RolePasswords } from '../db/migrate.ts';

/**
 * Roles belong to the whole server, so every database that we make on it must agree on their
 * passwords: they follow from the superuser's.
 */
export function rolePasswordsOf(serverUrl: string): RolePasswords {
  const superuser = decodeURIComponent(new URL(serverUrl).password);
  const passwordOf = (role: string): string =>
    createHmac('sha256', superuser).update(role).digest('base64url');
  return { apiPassword: passwordOf('api'), workerPassword: passwordOf('worker') };
}
