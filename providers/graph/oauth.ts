import {
  type AuthenticationResult,
  ConfidentialClientApplication,
  CryptoProvider,
  type INetworkModule,
  LogLevel,
} from '@azure/msal-node';
import { z } from 'zod';
import { attempt } from '../attempt.ts';
import { ProviderUnavailableError, TokenRevokedError } from '../errors.ts';
import { parseJson, sendOnce } from '../http.ts';
import { type TokenAnswer, toOAuthError } from './oauth-error.ts';
import type { GraphOAuthOptions } from './options.ts';

/** Reads the address and the mail, and cannot change anything. msal adds openid and profile. */
export const READ_SCOPES: readonly string[] = ['User.Read', 'Mail.Read'];
/** Asked for besides when the user turns sending on (B5). */
export const SEND_SCOPE = 'Mail.Send';
/** That of all personal accounts alike. */
export const PERSONAL_TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';

const scopesOf = (send: boolean): string[] => [...READ_SCOPES, ...(send ? [SEND_SCOPE] : [])];
/** With what a grant lasts by. */
const lasting = (send: boolean): string[] => [...scopesOf(send), 'offline_access'];

/** What Entra granted. */
export interface EntraGrant {
  accessToken: string;
  /** Epoch ms. */
  expiresAt: number;
  /** msal's token cache with the refresh token in it; null when Entra gave none. */
  tokenCache: string | null;
  /** `Mail.Read` and the like, however Entra wrote them. May be less than asked, or more. */
  grantedScopes: string[];
  /** Id of the organisation; that of all personal accounts alike. */
  tenant: string;
}

/**
 * Where to send the user, and the PKCE verifier to keep. Without a hint Microsoft asks which
 * account; never `prompt=consent`, which meets the administrator's wall again after consent.
 */
export const authorizationUrl = async (
  options: GraphOAuthOptions,
  { state, loginHint, send = false }: { state: string; loginHint: string | null; send?: boolean },
): Promise<{ url: string; codeVerifier: string }> => {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const url = await clientOf(options, refuseNetwork).getAuthCodeUrl({
    scopes: lasting(send),
    redirectUri: options.redirectUri,
    state,
    codeChallenge: challenge,
    codeChallengeMethod: 'S256',
    ...(loginHint ? { loginHint } : { prompt: 'select_account' }),
  });
  return { url, codeVerifier: verifier };
};

/**
 * Turns the code of the callback into tokens. One attempt: a code works once.
 * @throws CodeRefusedError the code is used, expired or not for this client and verifier
 * @throws ConsentRequiredError the grant does not cover what was asked
 * @throws ProviderUnavailableError no answer, or one that makes no sense
 */
export const exchangeCode = (
  options: GraphOAuthOptions,
  { code, codeVerifier, send = false }: { code: string; codeVerifier: string; send?: boolean },
  signal?: AbortSignal,
): Promise<EntraGrant> =>
  askEntra(options, 'code', signal, (app) =>
    app.acquireTokenByCode({
      code,
      codeVerifier,
      scopes: lasting(send),
      redirectUri: options.redirectUri,
    }),
  );

/**
 * A new access token, by the refresh token in the cache. The cache that comes back holds the next
 * refresh token: save it before using anything of it.
 * @throws TokenRevokedError the grant is dead, or Entra wants the user in person
 * @throws ProviderUnavailableError no answer, or one that makes no sense
 */
export const renewGrant = (
  options: GraphOAuthOptions,
  { tokenCache, send = false }: { tokenCache: string; send?: boolean },
  signal?: AbortSignal,
): Promise<EntraGrant> =>
  askEntra(options, 'refresh', signal, async (app) => {
    app.getTokenCache().deserialize(tokenCache);
    const [account] = await app.getTokenCache().getAllAccounts();
    if (!account) throw new TokenRevokedError('The stored token cache names no account.');
    return app.acquireTokenSilent({ account, scopes: scopesOf(send), forceRefresh: true });
  });

/** Where an administrator gives consent for everybody in the organisation. */
export const adminConsentUrl = (options: GraphOAuthOptions, state: string): string => {
  // A personal account has no administrator, so never `common`.
  const tenant = options.tenant === 'common' ? 'organizations' : options.tenant;
  const url = new URL(`/${tenant}/v2.0/adminconsent`, options.endpoints.loginRoot);
  url.search = new URLSearchParams({
    client_id: options.clientId,
    scope: READ_SCOPES.map((scope) => `https://graph.microsoft.com/${scope}`).join(' '),
    redirect_uri: options.adminRedirectUri,
    state,
  }).toString();
  return url.href;
};

/** What the last request of a client met, kept because msal's errors lose status and headers. */
interface Wire {
  network: INetworkModule;
  answer: TokenAnswer | null;
  failure: unknown;
}

const askEntra = async (
  options: GraphOAuthOptions,
  kind: 'code' | 'refresh',
  signal: AbortSignal | undefined,
  ask: (app: ConfidentialClientApplication) => Promise<AuthenticationResult>,
): Promise<EntraGrant> => {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const wire = openWire(signal ? AbortSignal.any([signal, timeout]) : timeout);
  const app = clientOf(options, wire.network);
  try {
    return toGrant(await ask(app), app.getTokenCache().serialize());
  } catch (error) {
    if (wire.failure !== null) throw wire.failure;
    if (wire.answer === null) throw error;
    throw toOAuthError(wire.answer, kind);
  }
};

/** Token answers are small; a megabyte of anything is not one. */
const MAX_TOKEN_BYTES = 1_000_000;

/** msal over our own fetch: one attempt, our signal, no redirects, and the fence sees it leave. */
const openWire = (signal: AbortSignal): Wire => {
  const send = async <T>(method: string, url: string, options?: Request) => {
    try {
      const init = { method, signal, headers: options?.headers ?? {}, body: options?.body ?? null };
      const sent = await attempt("Microsoft's token server", signal, () =>
        sendOnce(url, init, MAX_TOKEN_BYTES),
      );
      const body = parseJson(sent.body.toString('utf8')) ?? {};
      wire.answer = { status: sent.status, headers: sent.headers, body };
      return { status: sent.status, headers: Object.fromEntries(sent.headers), body: body as T };
    } catch (error) {
      wire.failure = error;
      throw error;
    }
  };
  const wire: Wire = {
    answer: null,
    failure: null,
    network: {
      sendGetRequestAsync: (url, request) => send('GET', url, request),
      sendPostRequestAsync: (url, request) => send('POST', url, request),
    },
  };
  return wire;
};

interface Request {
  headers?: Record<string, string>;
  body?: string;
}

/** Making an authorization address asks nobody. */
const refuseNetwork: INetworkModule = {
  sendGetRequestAsync: () => Promise.reject(new Error('no request was expected')),
  sendPostRequestAsync: () => Promise.reject(new Error('no request was expected')),
};

/**
 * One application per operation: it holds one mailbox's cache and nobody else's. msal takes https
 * authorities only; the endpoints given with it are what it asks, without discovering any.
 */
const clientOf = (
  options: GraphOAuthOptions,
  networkClient: INetworkModule,
): ConfidentialClientApplication => {
  const { clientId, clientSecret, tenant, endpoints } = options;
  const at = (path: string) => new URL(`/${tenant}/${path}`, endpoints.loginRoot).href;
  return new ConfidentialClientApplication({
    auth: {
      clientId,
      clientSecret: clientSecret.reveal(),
      authority: `https://login.microsoftonline.com/${tenant}`,
      authorityMetadata: JSON.stringify({
        authorization_endpoint: at('oauth2/v2.0/authorize'),
        token_endpoint: at('oauth2/v2.0/token'),
        end_session_endpoint: at('oauth2/v2.0/logout'),
        jwks_uri: at('discovery/v2.0/keys'),
        issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
      }),
    },
    system: {
      networkClient,
      disableInternalRetries: true,
      // Its lines may hold addresses; what matters reaches our log as errors.
      loggerOptions: { loggerCallback: () => {}, logLevel: LogLevel.Error },
    },
  });
};

const Cache = z.object({ RefreshToken: z.record(z.string(), z.unknown()) });

const toGrant = (result: AuthenticationResult, cache: string): EntraGrant => {
  const { accessToken, expiresOn, scopes, tenantId } = result;
  if (!accessToken || !expiresOn) throw new ProviderUnavailableError('Entra sent no usable token');
  const { RefreshToken = {} } = Cache.safeParse(parseJson(cache)).data ?? {};
  return {
    accessToken,
    expiresAt: expiresOn.getTime(),
    tokenCache: Object.keys(RefreshToken).length > 0 ? cache : null,
    grantedScopes: scopes.map((scope) => scope.split('/').at(-1) ?? scope),
    tenant: tenantId,
  };
};
