import { type HttpRequest, html, json, type Reply, redirect } from '../../shared/http.ts';
import { signingKey } from '../../shared/keys.ts';
import type { GraphContext } from '../context.ts';
import { adminConsent, decideAdminConsent } from './admin-consent.ts';
import { authorize, decideSignIn, requirePending, shown } from './authorize.ts';
import { errorPage } from './pages.ts';
import { token } from './token.ts';

/** Name for log and faults, and the handler. */
export interface EntraEndpoint {
  name: string;
  handle: (context: GraphContext, tenant: string, request: HttpRequest) => Reply;
}

const ENDPOINTS: Readonly<Record<string, EntraEndpoint>> = {
  'GET oauth2/v2.0/authorize': {
    name: 'entra.authorize',
    handle: (context, tenant, { query }) => authorize(context, tenant, query),
  },
  'POST oauth2/v2.0/token': { name: 'entra.token', handle: token },
  'GET v2.0/adminconsent': {
    name: 'entra.adminconsent',
    handle: (context, tenant, { query }) => adminConsent(context, tenant, query, true),
  },
  'GET adminconsent': {
    name: 'entra.adminconsent',
    handle: (context, tenant, { query }) => adminConsent(context, tenant, query, false),
  },
  'GET discovery/v2.0/keys': {
    name: 'entra.keys',
    handle: () => json(200, { keys: [{ ...signingKey().jwk, x5t: signingKey().kid }] }),
  },
  'GET discovery/keys': {
    name: 'entra.keys',
    handle: () => json(200, { keys: [{ ...signingKey().jwk, x5t: signingKey().kid }] }),
  },
  'GET v2.0/.well-known/openid-configuration': {
    name: 'entra.metadata',
    handle: (context, tenant) => json(200, metadata(context, tenant)),
  },
  'GET discovery/instance': { name: 'entra.instance', handle: () => json(200, INSTANCE) },
  'GET oauth2/v2.0/logout': { name: 'entra.logout', handle: (_, __, request) => logout(request) },
};

const ENTRA_PATH =
  /^\/([A-Za-z0-9.-]+)\/(oauth2\/v2\.0\/(?:authorize|token|logout)|v2\.0\/adminconsent|adminconsent|discovery\/(?:v2\.0\/keys|keys|instance)|v2\.0\/\.well-known\/openid-configuration)$/;

const DECIDE: EntraEndpoint = {
  name: 'entra.decide',
  handle: (context, _, request) =>
    shown(context, () => {
      const form = new URLSearchParams(request.body.toString('utf8'));
      const id = form.get('request') ?? '';
      const pending = requirePending(context, id);
      return pending.kind === 'authorize'
        ? decideSignIn(context, id, pending, form)
        : decideAdminConsent(context, id, pending, form);
    }),
};

/** The endpoint of a request and the tenant its path names; null when it is not Entra's. */
export const entraEndpoint = (
  request: HttpRequest,
): { endpoint: EntraEndpoint; tenant: string } | null => {
  if (request.path === '/_entra/decide') return { endpoint: DECIDE, tenant: '' };
  const match = ENTRA_PATH.exec(request.path);
  const endpoint = match && ENDPOINTS[`${request.method} ${match[2]}`];
  return match && endpoint ? { endpoint, tenant: match[1] ?? '' } : null;
};

const metadata = ({ linkBase }: GraphContext, tenant: string) => {
  const base = `${linkBase.startsWith('https://graph.') ? 'https://login.microsoftonline.com' : linkBase}/${tenant}`;
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: [
      'client_secret_post',
      'private_key_jwt',
      'client_secret_basic',
    ],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `https://login.microsoftonline.com/${tenant === 'common' || tenant === 'organizations' ? '{tenantid}' : tenant}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    tenant_region_scope: null,
    cloud_instance_name: 'microsoftonline.com',
    msgraph_host: 'graph.microsoft.com',
  };
};

const INSTANCE = {
  tenant_discovery_endpoint:
    'https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration',
  'api-version': '1.1',
  metadata: [
    {
      preferred_network: 'login.microsoftonline.com',
      preferred_cache: 'login.windows.net',
      aliases: [
        'login.microsoftonline.com',
        'login.windows.net',
        'login.microsoft.com',
        'sts.windows.net',
      ],
    },
  ],
};

const logout = ({ query }: HttpRequest): Reply => {
  const back = query.get('post_logout_redirect_uri');
  return back ? redirect(back) : html(200, errorPage('You signed out of your account.'));
};
