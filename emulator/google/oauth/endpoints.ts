import { type HttpRequest, html, json, type Reply, redirect } from '../../shared/http.ts';
import { signingKey } from '../../shared/keys.ts';
import { findAccount, type GoogleContext } from '../context.ts';
import { unauthenticated } from '../gmail/errors.ts';
import { authorize, decide } from './authorize.ts';
import { type AccessToken, subjectOf } from './store.ts';
import { token } from './token.ts';

/** Name for log and faults, and the handler, by `METHOD path`. */
interface Endpoint {
  name: string;
  handle: (context: GoogleContext, request: HttpRequest) => Reply;
}

const ENDPOINTS: Record<string, Endpoint> = {
  'GET /o/oauth2/v2/auth': {
    name: 'oauth.authorize',
    handle: (context, request) => authorize(context, request.query),
  },
  'POST /o/oauth2/v2/auth/consent': {
    name: 'oauth.consent',
    handle: (context, request) => decide(context, formOf(request)),
  },
  'POST /token': { name: 'oauth.token', handle: token },
  'POST /revoke': { name: 'oauth.revoke', handle: (context, request) => revoke(context, request) },
  'GET /tokeninfo': { name: 'oauth.tokeninfo', handle: (c, r) => tokenInfo(c, r) },
  'POST /tokeninfo': { name: 'oauth.tokeninfo', handle: (c, r) => tokenInfo(c, r) },
  'GET /oauth2/v3/certs': {
    name: 'oauth.certs',
    handle: () => cached(json(200, { keys: [signingKey().jwk] }, true)),
  },
  'GET /oauth2/v1/certs': {
    name: 'oauth.certs',
    handle: () => cached(json(200, { [signingKey().kid]: signingKey().certificate }, true)),
  },
  'GET /v1/userinfo': { name: 'oauth.userinfo', handle: (c, r) => userInfo(c, r) },
  'GET /oauth2/v3/userinfo': { name: 'oauth.userinfo', handle: (c, r) => userInfo(c, r) },
  'GET /': { name: 'home', handle: () => redirect('/_emulator/') },
};

export const oauthEndpoint = (request: HttpRequest): Endpoint | null =>
  ENDPOINTS[`${request.method} ${request.path}`] ?? null;

export const formOf = (request: HttpRequest): URLSearchParams =>
  new URLSearchParams(request.body.toString('utf8'));

const cached = (reply: Reply): Reply => {
  reply.headers['cache-control'] = 'public, max-age=3600, must-revalidate, no-transform';
  return reply;
};

const revoke = (context: GoogleContext, request: HttpRequest): Reply => {
  const text = request.query.get('token') ?? formOf(request).get('token');
  if (!text) {
    return json(400, { error: 'invalid_request', error_description: 'Missing token' }, true);
  }
  if (!context.oauth.revokeToken(text)) {
    const body = { error: 'invalid_token', error_description: 'Token expired or revoked' };
    return json(400, body, true);
  }
  return json(200, {}, true);
};

const bearerOf = (authorization: string | undefined): string | null =>
  /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1] ?? null;

export const tokenOf = (
  context: GoogleContext,
  authorization: string | undefined,
): AccessToken | null => {
  const bearer = bearerOf(authorization);
  return bearer === null ? null : context.oauth.access(bearer);
};

const tokenInfo = (context: GoogleContext, request: HttpRequest): Reply => {
  const text =
    request.query.get('access_token') ??
    formOf(request).get('access_token') ??
    bearerOf(request.headers.authorization);
  const found = text ? context.oauth.access(text) : null;
  if (!found) {
    return json(400, { error: 'invalid_token', error_description: 'Invalid Value' }, true);
  }
  return json(
    200,
    {
      azp: found.client.clientId,
      aud: found.client.clientId,
      sub: subjectOf(found.address),
      scope: [...found.scopes].join(' '),
      exp: String(Math.floor(found.expiresAt / 1000)),
      expires_in: String(Math.floor((found.expiresAt - context.clock.now()) / 1000)),
      email: found.address,
      email_verified: 'true',
      access_type: 'offline',
    },
    true,
  );
};

const userInfo = (context: GoogleContext, request: HttpRequest): Reply => {
  const found = tokenOf(context, request.headers.authorization);
  const account = found ? findAccount(context, found.address) : undefined;
  if (!found || !account) return json(401, unauthenticated().body, true);
  const { address, displayName } = account.mailbox.identity;
  return json(
    200,
    { sub: subjectOf(address), name: displayName, email: address, email_verified: true },
    true,
  );
};

export const notFoundPage = (path: string): Reply =>
  html(
    404,
    `<!DOCTYPE html><html lang=en><title>Error 404 (Not Found)!!1</title><p>The requested URL <code>${path.replace(/[<>&"]/g, '')}</code> was not found on this server.</p></html>`,
  );
