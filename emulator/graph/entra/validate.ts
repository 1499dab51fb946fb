import type { GraphContext, OutlookAccount } from '../context.ts';
import { PERSONAL_TENANT, type Tenant } from './directory.ts';
import { aadsts } from './errors.ts';
import type { EntraApp } from './store.ts';

const ALIASES: readonly string[] = ['common', 'organizations', 'consumers'];

/**
 * The tenant a path names: an alias, an id or a domain.
 * @throws AadstsError 90002 for one that does not exist
 */
export const resolveAuthority = (context: GraphContext, text: string): string => {
  const lower = text.toLowerCase();
  if (ALIASES.includes(lower)) return lower;
  if (lower === PERSONAL_TENANT) return 'consumers';
  const found = tenantNamed(context, lower);
  if (!found) throw aadsts(90002, `Tenant '${text}' not found.`);
  return found.id;
};

const tenantNamed = (context: GraphContext, text: string): Tenant | undefined =>
  [...context.entra.tenants.values()].find(({ id, domain }) => id === text || domain === text);

/** Whether an account may sign in at that authority. */
export const admits = (authority: string, { person }: OutlookAccount): boolean => {
  if (authority === 'common') return true;
  if (authority === 'consumers') return person.kind === 'personal';
  return person.kind === 'work' && (authority === 'organizations' || authority === person.tenantId);
};

/** @throws AadstsError 700016 */
export const requireApp = (context: GraphContext, clientId: string | null): EntraApp => {
  if (!clientId) throw aadsts(900144, "'client_id'.");
  const app = context.entra.apps.get(clientId.toLowerCase());
  if (!app) throw aadsts(700016, `Application with identifier '${clientId}'.`);
  return app;
};

const isLoopback = (allowed: string, uri: URL): boolean =>
  allowed.endsWith(':*') &&
  `${uri.protocol}//${uri.hostname}` === allowed.slice(0, -2) &&
  /^(localhost|127\.0\.0\.1)$/.test(uri.hostname);

/** @throws AadstsError 50011, shown to the user: nothing goes back to such a URI */
export const requireRedirect = (app: EntraApp, uri: string | null): string => {
  const fits = app.redirectUris.some(
    (allowed) =>
      allowed === uri || (uri !== null && URL.canParse(uri) && isLoopback(allowed, new URL(uri))),
  );
  if (uri === null || !fits) throw aadsts(50011, `The redirect URI was '${uri}'.`);
  return uri;
};
