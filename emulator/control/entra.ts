import type { GraphContext } from '../graph/context.ts';
import { adminConsent } from '../graph/entra/admin-consent.ts';
import { authorize } from '../graph/entra/authorize.ts';
import { entraEndpoint } from '../graph/entra/endpoints.ts';
import type { EntraApp } from '../graph/entra/store.ts';
import { accessToken } from '../graph/entra/token.ts';
import type { HttpRequest, Reply } from '../shared/http.ts';
import { type EmulatorContext, requireOutlook } from './context.ts';
import { ControlError } from './control-error.ts';
import type { EntraSettings, GraphControl, SignInInput } from './graph-contract.ts';

type EntraControls = Pick<
  GraphControl,
  | 'registerApp'
  | 'setTenant'
  | 'setEntra'
  | 'signIn'
  | 'grantAdminConsent'
  | 'issueGraphTokens'
  | 'setSignInFailure'
  | 'revokeSessions'
  | 'revokeConsent'
  | 'challengeTokens'
>;

export const completeApp = (input: Partial<EntraApp> & { clientId: string }): EntraApp => ({
  clientSecret: 'emulator-secret',
  secretExpired: false,
  name: 'Sambandh',
  redirectUris: ['http://localhost:*', 'http://127.0.0.1:*'],
  ...input,
});

const PAGES = /\/(?:oauth2\/v2\.0\/authorize|v2\.0\/adminconsent|adminconsent)$/;

const open = (context: GraphContext, url: URL): Reply => {
  if (!PAGES.test(url.pathname)) throw new ControlError(`No sign-in page: ${url.pathname}`);
  const tenant = url.pathname.split('/')[1] ?? '';
  const query = url.searchParams;
  if (url.pathname.endsWith('/authorize')) return authorize(context, tenant, query);
  return adminConsent(context, tenant, query, url.pathname.includes('/v2.0/'));
};

const post = (context: GraphContext, form: Record<string, string>): Reply => {
  const request: HttpRequest = {
    method: 'POST',
    path: '/_entra/decide',
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.from(new URLSearchParams(form).toString()),
    arrivedMs: context.clock.now(),
  };
  const found = entraEndpoint(request);
  if (!found) throw new ControlError('No page to answer');
  return found.endpoint.handle(context, found.tenant, request);
};

/** Where a page sends the browser: by redirect, or by the form it posts itself. */
const destination = ({ headers, body }: Reply): string | null => {
  if (headers.location) return headers.location;
  const page = String(body);
  const action = /name="hiddenform" action="([^"]+)"/.exec(page)?.[1];
  if (!action) return null;
  const url = new URL(action.replaceAll('&amp;', '&'));
  for (const [, name = '', value = ''] of page.matchAll(/name="([^"]+)" value="([^"]*)"/g)) {
    url.searchParams.set(name, value.replaceAll('&amp;', '&').replaceAll('&quot;', '"'));
  }
  return url.href;
};

/** Answers what a browser would show, by the same handlers, until the app gets its turn. */
const clickThrough = (context: GraphContext, input: SignInInput): string => {
  const { address } = requireOutlook(context, input.address).mailbox.identity;
  const url = new URL(input.url);
  url.searchParams.set('emulator_account', address);
  const page = open(context, url);
  const at = destination(page);
  if (at) return at;
  const text = String(page.body);
  const request = /name="request" value="([0-9a-f]+)"/.exec(text)?.[1];
  const wall = text.includes('value="return"');
  const action = input.action ?? 'accept';
  if (!request || (wall && action === 'accept')) {
    throw new ControlError(
      `Sign-in refused: ${text.replace(/<style>[\s\S]*?<\/style>|<[^>]*>/g, ' ').trim()}`,
    );
  }
  const end = destination(post(context, { request, account: address, action }));
  if (!end) throw new ControlError('The form was refused');
  return end;
};

const DEFAULT_PERMISSIONS = ['User.Read', 'Mail.Read'];

export const entraControls = ({ graph }: EmulatorContext): EntraControls => {
  const { entra } = graph;
  const personOf = (address: string) => requireOutlook(graph, address).person;
  const requireApp = (clientId?: string): EntraApp => {
    const app = entra.apps.get(clientId?.toLowerCase() ?? [...entra.apps.keys()][0] ?? '');
    if (!app) throw new ControlError(`No app ${clientId ?? ''}`);
    return app;
  };
  return {
    async registerApp(input) {
      const app = completeApp({ ...input, clientId: input.clientId.toLowerCase() });
      entra.apps.set(app.clientId, app);
      return app;
    },
    async setTenant({ address, ...change }) {
      const tenant = entra.tenants.get(personOf(address).tenantId);
      if (!tenant) throw new ControlError(`${address} belongs to no tenant`);
      return Object.assign(tenant, change);
    },
    async setEntra(input): Promise<EntraSettings> {
      Object.assign(entra, input);
      const { accessTokenLifeS, oldRefreshTokenLifeS, scopesAs } = entra;
      return { accessTokenLifeS, oldRefreshTokenLifeS, scopesAs };
    },
    signIn: async (input) => ({ redirectUrl: clickThrough(graph, input) }),
    async grantAdminConsent({ address, clientId, permissions = DEFAULT_PERMISSIONS }) {
      entra.adminConsent(requireApp(clientId), personOf(address).tenantId, permissions);
    },
    async issueGraphTokens({ address, clientId, permissions = DEFAULT_PERMISSIONS }) {
      const app = requireApp(clientId);
      const { mailbox, person } = requireOutlook(graph, address);
      const owner = mailbox.identity.address;
      entra.consent(app, person, permissions);
      const token = accessToken(graph, app, person, permissions);
      return {
        access_token: entra.issueAccess(owner, app, new Set(permissions), token).token,
        refresh_token: entra.issueRefresh(owner, app),
        scope: permissions.join(' '),
        expires_in: entra.accessTokenLifeS,
      };
    },
    async setSignInFailure({ address, failure }) {
      entra.setFailure(requireOutlook(graph, address).mailbox.identity.address, failure);
    },
    async revokeSessions({ address }) {
      entra.revokeSessions(requireOutlook(graph, address).mailbox.identity.address);
    },
    async revokeConsent({ address, clientId, admin = false }) {
      entra.revokeConsent(personOf(address), clientId?.toLowerCase(), admin);
    },
    async challengeTokens({ address }) {
      entra.challenge(requireOutlook(graph, address).mailbox.identity.address);
    },
  };
};
