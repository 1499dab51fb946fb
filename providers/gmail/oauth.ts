import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { failureCode, isTimeout } from '../attempt.ts';
import {
  ClientRefusedError,
  CodeRefusedError,
  ConsentRequiredError,
  type ProviderError,
  ProviderUnavailableError,
  RateLimitedError,
  RequestRefusedError,
  TokenRevokedError,
} from '../errors.ts';
import { sendOnce, toJson } from '../http.ts';
import type { GmailOAuthOptions } from './options.ts';
import { retryAfterMs } from './retry-after.ts';

/**
 * Reads mail, labels and send-as addresses, and cannot change anything: all the sync needs (P2,
 * P5). gmail.labels is not asked for: it means "see and edit your labels", more than is read.
 */
export const READ_SCOPE = 'https://www.googleapis.com/auth/gmail.readonly';
/** Asked for only when the user turns sending on (B5, I11). */
export const SEND_SCOPE = 'https://www.googleapis.com/auth/gmail.send';

export interface AuthorizationRequest {
  /** Unguessable, bound to the user's session; comes back with the code. */
  state: string;
  /** From `createCodeVerifier`, kept until the code comes back; S256 of it is sent. */
  codeVerifier: string;
  /** Address to preselect. The user may still choose another: read the profile afterwards. */
  loginHint?: string | null;
  /** Ask for the send scope as well. */
  send?: boolean;
  /** Force the consent screen, without which Google gives no second refresh token. Default true. */
  needsRefreshToken?: boolean;
}

/** What the token endpoint granted. */
export interface GrantedTokens {
  accessToken: string;
  /** Null when Google kept the old one valid: it does not rotate them at refresh. */
  refreshToken: string | null;
  /** Epoch ms. */
  expiresAt: number;
  /** May be less than asked (the user unticked a box) or more; check for supersets. */
  grantedScopes: string[];
  /** From the id token where one came; `profile()` is the authority. */
  idTokenEmail: string | null;
}

/** A fresh PKCE verifier (RFC 7636). */
export const createCodeVerifier = (): string => randomBytes(48).toString('base64url');

/**
 * Where to send the user. `include_granted_scopes` stays off: it merges whatever the user ever
 * granted to this Cloud project, so a send scope given once would come back with the switch off.
 */
export const authorizationUrl = (
  options: GmailOAuthOptions,
  request: AuthorizationRequest,
): string => {
  const url = new URL(options.endpoints.authorize);
  url.search = new URLSearchParams({
    client_id: options.clientId,
    redirect_uri: options.redirectUri,
    response_type: 'code',
    scope: request.send ? `${READ_SCOPE} ${SEND_SCOPE}` : READ_SCOPE,
    access_type: 'offline',
    include_granted_scopes: 'false',
    state: request.state,
    code_challenge: createHash('sha256').update(request.codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(request.needsRefreshToken !== false && { prompt: 'consent' }),
    ...(request.loginHint && { login_hint: request.loginHint }),
  }).toString();
  return url.href;
};

/**
 * Turns the code of the callback into tokens. One attempt: a code works once, so after a lost
 * answer only a new consent helps.
 * @throws CodeRefusedError the code is used, expired or not for this client and verifier
 * @throws ProviderUnavailableError no answer, or one that makes no sense
 */
export const exchangeCode = (
  options: GmailOAuthOptions,
  { code, codeVerifier }: { code: string; codeVerifier: string },
  signal?: AbortSignal,
): Promise<GrantedTokens> =>
  requestTokens(
    options,
    {
      grant_type: 'authorization_code',
      code,
      code_verifier: codeVerifier,
      redirect_uri: options.redirectUri,
    },
    signal,
  );

/**
 * A new access token.
 * @throws TokenRevokedError the grant is dead: only the user can mend it
 * @throws ProviderUnavailableError no answer, or one that makes no sense
 */
export const refreshTokens = (
  options: GmailOAuthOptions,
  refreshToken: string,
  signal?: AbortSignal,
): Promise<GrantedTokens> =>
  requestTokens(options, { grant_type: 'refresh_token', refresh_token: refreshToken }, signal);

/**
 * Ends the whole grant, whichever of its tokens is given. A token Google no longer knows counts
 * as revoked. The token goes into the body: URLs are logged on the way.
 */
export const revokeGrant = async (
  options: GmailOAuthOptions,
  token: string,
  signal?: AbortSignal,
): Promise<void> => {
  const answer = await post(options.endpoints.revoke, { token }, options, signal);
  if (answer.status === 200) return;
  const error = TokenError.safeParse(answer.body).data?.error;
  if (answer.status === 400 && error === 'invalid_token') return;
  throw toOAuthError(answer, 'revoke');
};

interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

const TokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional(),
  expires_in: z.coerce.number().positive().default(3_600),
  scope: z.string().default(''),
  id_token: z.string().optional(),
});

const TokenError = z.object({ error: z.string(), error_subtype: z.string().optional() });

/** Scopes that the user or an administrator has to grant; the request itself is fine. */
const CONSENT = new Set([
  'access_denied',
  'admin_policy_enforced',
  'invalid_scope',
  'org_internal',
]);
const PASSING = new Set(['temporarily_unavailable', 'internal_failure', 'server_error']);

const requestTokens = async (
  options: GmailOAuthOptions,
  grant: Record<string, string> & { grant_type: string },
  signal?: AbortSignal,
): Promise<GrantedTokens> => {
  const credentials = { client_id: options.clientId, client_secret: options.clientSecret.reveal() };
  const sentAt = Date.now();
  const answer = await post(options.endpoints.token, { ...grant, ...credentials }, options, signal);
  if (answer.status !== 200) throw toOAuthError(answer, grant.grant_type);
  const parsed = TokenAnswer.safeParse(answer.body);
  if (!parsed.success) throw new ProviderUnavailableError('Google sent no usable token');
  const { access_token, refresh_token, expires_in, scope, id_token } = parsed.data;
  return {
    accessToken: access_token,
    refreshToken: refresh_token ?? null,
    // Counted from before the request: a token must never look valid longer than it is.
    expiresAt: sentAt + expires_in * 1_000,
    grantedScopes: scope.split(' ').filter(Boolean),
    idTokenEmail: id_token === undefined ? null : emailOf(id_token),
  };
};

/** Token answers are small; a megabyte of anything is not one. */
const MAX_TOKEN_BYTES = 1_000_000;

const post = async (
  url: string,
  form: Record<string, string>,
  options: GmailOAuthOptions,
  signal?: AbortSignal,
): Promise<Answer> => {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const init: RequestInit = {
    method: 'POST',
    body: new URLSearchParams(form),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
  try {
    const { status, headers, body } = await sendOnce(url, init, MAX_TOKEN_BYTES);
    return { status, headers, body: toJson(body) };
  } catch (err) {
    if (signal?.aborted && !isTimeout(signal.reason)) throw signal.reason;
    throw new ProviderUnavailableError(`Google's token server: no answer (${failureCode(err)})`);
  }
};

/** What a refusal means; `kind` is the grant type, or `revoke`. */
const toOAuthError = (answer: Answer, kind: string): ProviderError => {
  const refusal = TokenError.safeParse(answer.body).data;
  const said = `Google's token server answered ${answer.status} ${refusal?.error ?? ''}`.trim();
  if (answer.status === 429) return new RateLimitedError(said, retryAfterMs(answer, null));
  if (!refusal || answer.status >= 500 || PASSING.has(refusal.error)) {
    return new ProviderUnavailableError(said);
  }
  if (refusal.error === 'invalid_grant') {
    const subtype = refusal.error_subtype ? ` (${refusal.error_subtype})` : '';
    // With a code it is the code that is no good; there is no grant yet that could be dead.
    return kind === 'refresh_token'
      ? new TokenRevokedError(`${said}${subtype}`)
      : new CodeRefusedError(`${said}${subtype}`);
  }
  if (refusal.error === 'invalid_client') return new ClientRefusedError(said);
  return CONSENT.has(refusal.error)
    ? new ConsentRequiredError(said)
    : new RequestRefusedError(said);
};

/** Read without checking the signature: the token came from Google over our own TLS connection. */
const emailOf = (idToken: string): string | null => {
  const json = toJson(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8'));
  const claims = z.object({ email: z.string(), email_verified: z.boolean() }).safeParse(json).data;
  return claims?.email_verified ? claims.email : null;
};
