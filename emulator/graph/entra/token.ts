import { createHash, randomBytes } from 'node:crypto';
import { type HttpRequest, json, type Reply } from '../../shared/http.ts';
import { signJwt } from '../../shared/keys.ts';
import { findOutlookAccount, type GraphContext, type OutlookAccount } from '../context.ts';
import { clientInfoOf, guidOf, type Person } from './directory.ts';
import { AadstsError, aadsts, tokenError } from './errors.ts';
import { type AskedScopes, readScopes, writeScopes } from './scopes.ts';
import type { EntraApp, EntraCode } from './store.ts';
import { admits, requireApp, resolveAuthority } from './validate.ts';

const GRAPH_APP = '00000003-0000-0000-c000-000000000000';

/** POST /{tenant}/oauth2/v2.0/token */
export const token = (context: GraphContext, tenant: string, request: HttpRequest): Reply => {
  const form = new URLSearchParams(request.body.toString('utf8'));
  try {
    const authority = resolveAuthority(context, tenant);
    const app = authenticate(context, request, form);
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return exchangeCode(context, authority, app, form);
      case 'refresh_token':
        return refresh(context, authority, app, form);
      default:
        throw aadsts(900144, "'grant_type'.");
    }
  } catch (error) {
    if (!(error instanceof AadstsError)) throw error;
    return tokenError(error.failure, context.clock.now());
  }
};

/** Secret in the form or in a Basic header. */
const authenticate = (
  context: GraphContext,
  request: HttpRequest,
  form: URLSearchParams,
): EntraApp => {
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const [id, basicSecret] = basic
    ? Buffer.from(basic, 'base64').toString('utf8').split(':').map(decodeURIComponent)
    : [];
  const app = requireApp(context, id ?? form.get('client_id'));
  const secret = basicSecret ?? form.get('client_secret');
  if (secret === null && form.get('client_assertion') !== null) return app;
  if (secret === null) throw aadsts(7000218);
  if (app.secretExpired) throw aadsts(7000222, `App '${app.clientId}'.`);
  if (secret !== app.clientSecret) throw aadsts(7000215, `App '${app.clientId}'.`);
  return app;
};

const requireSignIn = (
  context: GraphContext,
  authority: string,
  address: string,
): OutlookAccount => {
  const account = findOutlookAccount(context, address);
  if (!account) throw aadsts(50034, `User '${address}'.`);
  if (!admits(authority, account)) throw aadsts(50020);
  return account;
};

const exchangeCode = (
  context: GraphContext,
  authority: string,
  app: EntraApp,
  form: URLSearchParams,
): Reply => {
  const code = context.entra.code(form.get('code') ?? '');
  if (!code || code.app !== app) throw aadsts(70000, "The 'code' is malformed.");
  if (code.redeemed) throw aadsts(54005);
  if (code.expiresAtMs <= context.clock.now()) throw aadsts(70008);
  if (code.redirectUri !== form.get('redirect_uri')) throw aadsts(50011);
  if (!verifierFits(code, form.get('code_verifier'))) throw aadsts(501481);
  const account = requireSignIn(context, authority, code.address);
  code.redeemed = true;
  const scopes = readScopes(form.get('scope') || code.scope);
  return answer(context, app, account, { scopes, nonce: code.nonce, form });
};

const verifierFits = ({ challenge, challengeMethod }: EntraCode, verifier: string | null) => {
  if (challenge === null) return true;
  if (verifier === null) return false;
  if (challengeMethod !== 'S256') return verifier === challenge;
  return createHash('sha256').update(verifier).digest('base64url') === challenge;
};

const refresh = (
  context: GraphContext,
  authority: string,
  app: EntraApp,
  form: URLSearchParams,
): Reply => {
  const text = form.get('refresh_token');
  if (!text) throw aadsts(900144, "'refresh_token'.");
  const found = context.entra.refresh(text, app);
  if ('failure' in found) throw new AadstsError(found.failure);
  const account = requireSignIn(context, authority, found.token.address);
  const scopes = readScopes(form.get('scope') ?? '');
  const reply = answer(context, app, account, { scopes, nonce: null, form });
  context.entra.retire(found.token);
  return reply;
};

interface Grant {
  scopes: AskedScopes;
  nonce: string | null;
  form: URLSearchParams;
}

const answer = (
  context: GraphContext,
  app: EntraApp,
  account: OutlookAccount,
  { scopes, nonce, form }: Grant,
): Reply => {
  const { entra } = context;
  const { person } = account;
  if (scopes.foreign.length > 0) throw aadsts(28000);
  if (scopes.unknown.length > 0) throw aadsts(70011, `Scope '${scopes.unknown.join(' ')}'.`);
  const consented = entra.consents(app, person);
  if (scopes.permissions.some((permission) => !consented.has(permission))) throw aadsts(65001);
  // All of the resource, whatever was asked: by design (msgraph-sdk-powershell#587, #1056).
  const wanted = [...consented];
  const { address } = account.mailbox.identity;
  const issued = entra.issueAccess(
    address,
    app,
    new Set(wanted),
    accessToken(context, app, person, wanted),
  );
  const reply = json(200, {
    token_type: 'Bearer',
    scope: writeScopes(wanted, scopes.identity, entra.scopesAs, scopes.asked),
    expires_in: entra.accessTokenLifeS,
    ext_expires_in: entra.accessTokenLifeS,
    access_token: issued.token,
    ...(scopes.identity.includes('offline_access') && {
      refresh_token: entra.issueRefresh(address, app),
    }),
    ...(scopes.identity.includes('openid') && { id_token: idToken(app, person, nonce) }),
    ...(form.get('client_info') === '1' && { client_info: clientInfoOf(person) }),
  });
  reply.headers['cache-control'] = 'no-store, no-cache';
  return reply;
};

/** A JWT for work accounts, opaque for personal ones; no client may read either. */
export const accessToken = (
  context: GraphContext,
  app: EntraApp,
  person: Person,
  permissions: readonly string[],
): string => {
  if (person.kind === 'personal') return `EwB${randomBytes(300).toString('base64url')}`;
  const iat = Math.floor(Date.now() / 1000);
  return signJwt({
    aud: GRAPH_APP,
    iss: `https://sts.windows.net/${person.tenantId}/`,
    iat,
    nbf: iat,
    exp: iat + context.entra.accessTokenLifeS,
    appid: app.clientId,
    oid: person.oid,
    scp: permissions.join(' '),
    tid: person.tenantId,
    upn: person.userPrincipalName,
    uti: randomBytes(16).toString('base64url'),
    ver: '1.0',
  });
};

/** Dated by the real clock: verifiers live in other processes, whose clock nobody shifted. */
const idToken = (app: EntraApp, person: Person, nonce: string | null): string => {
  const iat = Math.floor(Date.now() / 1000);
  return signJwt({
    aud: app.clientId,
    iss: `https://login.microsoftonline.com/${person.tenantId}/v2.0`,
    iat,
    nbf: iat,
    exp: iat + 3600,
    name: person.displayName,
    preferred_username: person.userPrincipalName,
    email: person.mail,
    oid: person.oid,
    sub: guidOf(`${app.clientId} ${person.oid}`),
    tid: person.tenantId,
    ver: '2.0',
    ...(nonce && { nonce }),
  });
};
