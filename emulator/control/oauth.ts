import type { GoogleContext } from '../google/context.ts';
import { authorize, decide } from '../google/oauth/authorize.ts';
import { normaliseScopes, SCOPE } from '../google/oauth/scopes.ts';
import type { OAuthClient } from '../google/oauth/store.ts';
import { requireAccount } from './accounts.ts';
import type { EmulatorContext } from './context.ts';
import type { ConsentInput, EmulatorControl } from './contract.ts';
import { ControlError } from './control-error.ts';

type OAuthControls = Pick<
  EmulatorControl,
  | 'registerClient'
  | 'setAccessTokenLife'
  | 'consent'
  | 'issueTokens'
  | 'revokeGrant'
  | 'changePassword'
  | 'setRefreshFailure'
  | 'expireAccessTokens'
  | 'liveRefreshTokens'
>;

export const completeClient = (
  input: Partial<OAuthClient> & { clientId: string },
): OAuthClient => ({
  clientSecret: 'emulator-secret',
  name: 'Sambandh',
  redirectUris: ['http://localhost:*', 'http://127.0.0.1:*'],
  projectId: 'sambandh-emulator',
  projectNumber: '402817365921',
  ...input,
});

/** Clicks through the pages a browser would show, by the same handlers. */
const clickThrough = (context: GoogleContext, input: ConsentInput): string => {
  const address = requireAccount(context, input.address).mailbox.identity.address;
  const query = new URL(input.authUrl).searchParams;
  query.set('emulator_account', address);
  const page = authorize(context, query);
  const at = page.headers.location;
  if (at) return at;
  const request = /name="request" value="([0-9a-f]+)"/.exec(String(page.body))?.[1];
  if (!request) throw new ControlError(`Consent refused: ${String(page.body).slice(-400)}`);
  const form = new URLSearchParams({ request, account: address });
  form.set('action', input.allow === false ? 'deny' : 'allow');
  const scopes = input.scopes ?? normaliseScopes(query.get('scope') ?? '');
  for (const scope of scopes) form.append('scope', scope);
  const location = decide(context, form).headers.location;
  if (!location) throw new ControlError('The consent form was refused');
  return location;
};

export const oauthControls = ({ google: context, graph }: EmulatorContext): OAuthControls => {
  const { oauth } = context;
  const lower = (address: string) => address.toLowerCase();
  const requireClient = (clientId?: string): OAuthClient => {
    const first = [...oauth.clients.keys()][0];
    const client = oauth.clients.get(clientId ?? first ?? '');
    if (!client) throw new ControlError(`No OAuth client ${clientId ?? ''}`);
    return client;
  };
  return {
    async registerClient(input) {
      const client = completeClient(input);
      oauth.clients.set(client.clientId, client);
      return client;
    },
    async setAccessTokenLife({ seconds }) {
      oauth.accessTokenLifeS = seconds;
    },
    async consent(input) {
      return { redirectUrl: clickThrough(context, input) };
    },
    async issueTokens({ address, clientId, scopes = [SCOPE.readonly] }) {
      const client = requireClient(clientId);
      const owner = requireAccount(context, address).mailbox.identity.address;
      const granted = new Set(scopes);
      oauth.grant(client.projectId, owner, granted);
      const access = oauth.issueAccess(owner, client, granted);
      return {
        access_token: access.token,
        refresh_token: oauth.issueRefresh(owner, client, granted),
        scope: scopes.join(' '),
        token_type: 'Bearer',
        expiry_date: Date.now() + oauth.accessTokenLifeS * 1000,
      };
    },
    async revokeGrant({ address, clientId }) {
      oauth.revokeGrant(lower(address), clientId);
    },
    async changePassword({ address }) {
      oauth.changePassword(lower(address));
      graph.entra.revokeSessions(lower(address));
    },
    async setRefreshFailure({ address, failure }) {
      oauth.setFailure(lower(address), failure);
    },
    async expireAccessTokens(input) {
      const address = input?.address && lower(input.address);
      oauth.expireAccessTokens(address);
      graph.entra.expireAccessTokens(address);
    },
    async liveRefreshTokens({ address }) {
      const owner = lower(address);
      return oauth.refreshTokens(owner).length + graph.entra.refreshTokens(owner).length;
    },
  };
};
