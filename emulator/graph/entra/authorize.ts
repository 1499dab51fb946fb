import { randomUUID } from 'node:crypto';
import { html, type Reply } from '../../shared/http.ts';
import { findOutlookAccount, type GraphContext, type OutlookAccount } from '../context.ts';
import { clientInfoOf } from './directory.ts';
import { AadstsError, aadsts, redirectError } from './errors.ts';
import { chooserPage, consentPage, errorPage, wallPage } from './pages.ts';
import { dropPending, findPending, keepPending, type PendingSignIn, sendBack } from './pending.ts';
import { readScopes } from './scopes.ts';
import { admits, requireApp, requireRedirect, resolveAuthority } from './validate.ts';

/** Refusals that signing in again, with a second factor, takes away. The others stay on a page. */
const CURED_BY_SIGN_IN: readonly number[] = [
  50076, 50078, 50079, 50173, 65001, 70008, 70043, 700082, 70000,
];

/** Runs a page handler; what Entra refuses without going back is shown. */
export const shown = (context: GraphContext, handle: () => Reply): Reply => {
  try {
    return handle();
  } catch (error) {
    if (!(error instanceof AadstsError)) throw error;
    const { error_description } = redirectError(error.failure, context.clock.now());
    return html(error.failure.code === 90033 ? 503 : 200, errorPage(error_description));
  }
};

/** GET /{tenant}/oauth2/v2.0/authorize */
export const authorize = (context: GraphContext, tenant: string, query: URLSearchParams): Reply =>
  shown(context, () => {
    const pending = validate(context, tenant, query);
    const scopes = readScopes(pending.scope);
    const refuse = (code: number) =>
      sendBack(pending, redirectError({ code }, context.clock.now()));
    if (scopes.unknown.length > 0) return refuse(70011);
    if (scopes.foreign.length > 0) return refuse(28000);
    const account = chosen(context, pending, query);
    if (pending.prompt === 'none') return silently(context, pending, account);
    const id = keepPending(context, pending);
    return account ? proceed(context, id, pending, account) : choose(context, id, pending);
  });

const validate = (context: GraphContext, tenant: string, query: URLSearchParams): PendingSignIn => {
  const authority = resolveAuthority(context, tenant);
  const app = requireApp(context, query.get('client_id'));
  const redirectUri = requireRedirect(app, query.get('redirect_uri'));
  if (query.get('response_type') !== 'code') throw aadsts(900144, "'response_type'.");
  const scope = query.get('scope');
  if (!scope) throw aadsts(900144, "'scope'.");
  return {
    kind: 'authorize',
    authority,
    app,
    redirectUri,
    state: query.get('state'),
    scope,
    permissions: readScopes(scope).permissions,
    prompt: query.get('prompt') ?? '',
    responseMode: query.get('response_mode') ?? 'query',
    challenge: query.get('code_challenge'),
    challengeMethod: query.get('code_challenge_method') ?? 'plain',
    nonce: query.get('nonce'),
    clientInfo: query.get('client_info') === '1',
  };
};

const eligible = (context: GraphContext, { authority }: PendingSignIn): OutlookAccount[] =>
  [...context.accounts.values()].filter((account) => admits(authority, account));

/** By main address or by user principal name. */
export const findSignIn = (context: GraphContext, name: string): OutlookAccount | undefined =>
  findOutlookAccount(context, name) ??
  [...context.accounts.values()].find(
    ({ person }) => person.userPrincipalName.toLowerCase() === name.toLowerCase(),
  );

/** The account picked, hinted at, or the only one there is. */
const chosen = (
  context: GraphContext,
  pending: PendingSignIn,
  query: URLSearchParams,
): OutlookAccount | null => {
  const picked = query.get('emulator_account');
  if (picked) return findSignIn(context, picked) ?? null;
  if (pending.prompt === 'select_account') return null;
  const hint = query.get('login_hint');
  if (hint) return findSignIn(context, hint) ?? null;
  const accounts = eligible(context, pending);
  return accounts.length === 1 ? (accounts[0] ?? null) : null;
};

const choose = (context: GraphContext, id: string, pending: PendingSignIn): Reply =>
  html(200, chooserPage(id, eligible(context, pending)));

const missing = (
  context: GraphContext,
  pending: PendingSignIn,
  { person }: OutlookAccount,
): string[] => {
  // prompt=consent asks anew, and so meets the wall even where an administrator has consented.
  if (pending.prompt === 'consent') return pending.permissions;
  const given = context.entra.consents(pending.app, person);
  return pending.permissions.filter((permission) => !given.has(permission));
};

const silently = (
  context: GraphContext,
  pending: PendingSignIn,
  account: OutlookAccount | null,
): Reply => {
  const refuse = (code: number, error?: string) =>
    sendBack(pending, redirectError({ code, ...(error && { error }) }, context.clock.now()));
  if (!account) return refuse(50058);
  const failure = context.entra.failureOf(account.mailbox.identity.address);
  if (failure) return sendBack(pending, redirectError(failure, context.clock.now()));
  if (missing(context, pending, account).length > 0) return refuse(65001, 'consent_required');
  return complete(context, pending, account);
};

/** @throws AadstsError when this account cannot sign in here */
const proceed = (
  context: GraphContext,
  id: string,
  pending: PendingSignIn,
  account: OutlookAccount,
): Reply => {
  const { person, mailbox } = account;
  if (!admits(pending.authority, account)) {
    throw aadsts(
      50020,
      `User account '${person.userPrincipalName}', tenant '${pending.authority}'.`,
    );
  }
  const { address } = mailbox.identity;
  const failure = context.entra.failureOf(address);
  if (failure && !CURED_BY_SIGN_IN.includes(failure.code)) throw new AadstsError(failure);
  context.entra.setFailure(address, null);
  const asked = missing(context, pending, account);
  const input = {
    request: id,
    appName: pending.app.name,
    account: person.userPrincipalName,
    permissions: asked,
    forOrganisation: false,
  };
  if (context.entra.walled(person, asked).length > 0) return html(200, wallPage(input));
  if (asked.length > 0 || pending.prompt === 'consent') return html(200, consentPage(input));
  dropPending(context, id);
  return complete(context, pending, account);
};

const complete = (
  context: GraphContext,
  pending: PendingSignIn,
  { person, mailbox }: OutlookAccount,
): Reply => {
  const code = context.entra.createCode({
    address: mailbox.identity.address,
    app: pending.app,
    redirectUri: pending.redirectUri,
    scope: pending.scope,
    challenge: pending.challenge,
    challengeMethod: pending.challengeMethod,
    nonce: pending.nonce,
  });
  return sendBack(pending, {
    code,
    ...(pending.clientInfo && { client_info: clientInfoOf(person) }),
    session_state: randomUUID(),
  });
};

/** POST of the chooser, the consent page and the wall. */
export const decideSignIn = (
  context: GraphContext,
  id: string,
  pending: PendingSignIn,
  form: URLSearchParams,
): Reply => {
  const account = findSignIn(context, form.get('account') ?? '');
  const action = form.get('action');
  if (action === 'other' || !account) return choose(context, id, pending);
  if (action === null) return proceed(context, id, pending, account);
  dropPending(context, id);
  const now = context.clock.now();
  if (action !== 'accept') {
    const wall = context.entra.tenants.get(account.person.tenantId)?.wall;
    const failure = (action === 'return' && wall) || { code: 65004 };
    const subcode = failure.code === 65004 && { error_subcode: 'cancel' };
    return sendBack(pending, { ...redirectError(failure, now), ...subcode });
  }
  const asked = missing(context, pending, account);
  if (context.entra.walled(account.person, asked).length > 0) throw aadsts(90094);
  context.entra.consent(pending.app, account.person, asked);
  return complete(context, pending, account);
};

export const requirePending = (context: GraphContext, id: string): PendingSignIn => {
  const pending = findPending(context, id);
  if (!pending) throw aadsts(16000, 'This page has expired.');
  return pending;
};
