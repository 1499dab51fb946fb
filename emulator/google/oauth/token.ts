import { createHash } from 'node:crypto';
import { type HttpRequest, json, type Reply } from '../../shared/http.ts';
import { signJwt } from '../../shared/keys.ts';
import { findAccount, type GoogleContext } from '../context.ts';
import { type AuthCode, type OAuthClient, type RefreshFailure, subjectOf } from './store.ts';

/** POST /token */
export const token = (context: GoogleContext, request: HttpRequest): Reply => {
  const form = new URLSearchParams(request.body.toString('utf8'));
  const client = authenticate(context, request, form);
  if (!client) return refuse(401, 'invalid_client', 'Unauthorized');
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return exchangeCode(context, client, form);
    case 'refresh_token':
      return refresh(context, client, form);
    case null:
      return refuse(400, 'invalid_request', 'Missing required parameter: grant_type');
    default:
      return refuse(400, 'unsupported_grant_type', 'Invalid grant_type');
  }
};

const refuse = (
  status: number,
  error: string,
  description: string,
  extra: Record<string, string> = {},
): Reply => json(status, { error, error_description: description, ...extra }, true);

/** Client secret in the form or in a Basic header. */
const authenticate = (
  context: GoogleContext,
  request: HttpRequest,
  form: URLSearchParams,
): OAuthClient | null => {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const [basicId, basicSecret] = basic
    ? Buffer.from(basic, 'base64').toString('utf8').split(':').map(decodeURIComponent)
    : [];
  const client = context.oauth.clients.get(basicId ?? form.get('client_id') ?? '');
  const secret = basicSecret ?? form.get('client_secret');
  return client && client.clientSecret === secret ? client : null;
};

const exchangeCode = (
  context: GoogleContext,
  client: OAuthClient,
  form: URLSearchParams,
): Reply => {
  const code = context.oauth.takeCode(form.get('code') ?? '');
  if (!code || code.client !== client) return refuse(400, 'invalid_grant', 'Bad Request');
  if (code.redirectUri !== form.get('redirect_uri')) {
    return refuse(400, 'redirect_uri_mismatch', 'Bad Request');
  }
  if (!verifierFits(code, form.get('code_verifier'))) {
    const missing = form.get('code_verifier') === null;
    const description = missing ? 'Missing code verifier.' : 'Invalid code verifier.';
    return refuse(400, 'invalid_grant', description);
  }
  const refreshToken = code.withRefreshToken
    ? context.oauth.issueRefresh(code.address, client, code.scopes)
    : null;
  return answer(context, client, code, refreshToken);
};

const verifierFits = (code: AuthCode, verifier: string | null): boolean => {
  if (code.challenge === null) return true;
  if (verifier === null) return false;
  return createHash('sha256').update(verifier).digest('base64url') === code.challenge;
};

const FAILURES: Record<RefreshFailure, Reply> = {
  expired_or_revoked: refuse(400, 'invalid_grant', 'Token has been expired or revoked.'),
  bad_request: refuse(400, 'invalid_grant', 'Bad Request'),
  invalid_rapt: refuse(400, 'invalid_grant', 'reauth related error (invalid_rapt)', {
    error_uri: 'https://support.google.com/a/answer/9368756',
    error_subtype: 'invalid_rapt',
  }),
};

const refresh = (context: GoogleContext, client: OAuthClient, form: URLSearchParams): Reply => {
  const text = form.get('refresh_token');
  if (!text) return refuse(400, 'invalid_request', 'Missing required parameter: refresh_token');
  const found = context.oauth.refreshToken(text);
  if (!found || found.client !== client) return FAILURES.expired_or_revoked;
  const failure = context.oauth.failureOf(found.address);
  if (failure) return FAILURES[failure];
  // The refresh token stays the same: Google does not rotate it.
  return answer(context, client, { ...found, nonce: null }, null);
};

const answer = (
  context: GoogleContext,
  client: OAuthClient,
  grant: { address: string; scopes: ReadonlySet<string>; nonce: string | null },
  refreshToken: string | null,
): Reply => {
  const access = context.oauth.issueAccess(grant.address, client, grant.scopes);
  const reply = json(
    200,
    {
      access_token: access.token,
      expires_in: context.oauth.accessTokenLifeS,
      ...(refreshToken && { refresh_token: refreshToken }),
      scope: [...grant.scopes].join(' '),
      token_type: 'Bearer',
      ...(grant.scopes.has('openid') && { id_token: idToken(context, client, grant) }),
    },
    true,
  );
  reply.headers['cache-control'] = 'no-cache, no-store, max-age=0, must-revalidate';
  return reply;
};

/** Dated by the real clock: verifiers live in other processes, whose clock nobody shifted. */
const idToken = (
  context: GoogleContext,
  client: OAuthClient,
  grant: { address: string; nonce: string | null },
): string => {
  const iat = Math.floor(Date.now() / 1000);
  const name = findAccount(context, grant.address)?.mailbox.identity.displayName;
  return signJwt({
    iss: 'https://accounts.google.com',
    azp: client.clientId,
    aud: client.clientId,
    sub: subjectOf(grant.address),
    email: grant.address,
    email_verified: true,
    ...(name && { name }),
    ...(grant.nonce && { nonce: grant.nonce }),
    iat,
    exp: iat + 3600,
  });
};
