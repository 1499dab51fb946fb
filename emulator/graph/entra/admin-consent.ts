import { html, type Reply } from '../../shared/http.ts';
import type { GraphContext, OutlookAccount } from '../context.ts';
import { findSignIn, shown } from './authorize.ts';
import { aadsts } from './errors.ts';
import { chooserPage, consentPage } from './pages.ts';
import { dropPending, keepPending, type PendingSignIn, sendBack } from './pending.ts';
import { readScopes } from './scopes.ts';
import { admits, requireApp, requireRedirect, resolveAuthority } from './validate.ts';

/** What the old endpoint, which takes no scope, grants: the permissions of the registration. */
const REGISTERED = 'User.Read Mail.Read Mail.Send';

/** GET /{tenant}/v2.0/adminconsent, and the older /{tenant}/adminconsent */
export const adminConsent = (
  context: GraphContext,
  tenant: string,
  query: URLSearchParams,
  takesScope: boolean,
): Reply =>
  shown(context, () => {
    const app = requireApp(context, query.get('client_id'));
    const redirectUri = requireRedirect(app, query.get('redirect_uri'));
    const scope = takesScope ? query.get('scope') : REGISTERED;
    if (!scope) throw aadsts(900144, "'scope'.");
    const pending: PendingSignIn = {
      kind: 'adminconsent',
      authority: resolveAuthority(context, tenant),
      app,
      redirectUri,
      state: query.get('state'),
      scope,
      permissions: readScopes(scope).permissions,
      prompt: '',
      responseMode: 'query',
      challenge: null,
      challengeMethod: 'plain',
      nonce: null,
      clientInfo: false,
    };
    const id = keepPending(context, pending);
    const picked = findSignIn(context, query.get('emulator_account') ?? '');
    return picked ? review(context, id, pending, picked) : choose(context, id, pending);
  });

const choose = (context: GraphContext, id: string, { authority }: PendingSignIn): Reply =>
  html(
    200,
    chooserPage(
      id,
      [...context.accounts.values()].filter(
        (account) => account.person.kind === 'work' && admits(authority, account),
      ),
    ),
  );

/** @throws AadstsError 90094 for somebody who is no administrator */
const requireAdmin = (pending: PendingSignIn, account: OutlookAccount): void => {
  if (!admits(pending.authority, account)) throw aadsts(50020);
  if (!account.person.isAdmin) throw aadsts(90094);
};

const review = (
  _: GraphContext,
  id: string,
  pending: PendingSignIn,
  account: OutlookAccount,
): Reply => {
  requireAdmin(pending, account);
  return html(
    200,
    consentPage({
      request: id,
      appName: pending.app.name,
      account: account.person.userPrincipalName,
      permissions: pending.permissions,
      forOrganisation: true,
    }),
  );
};

/** POST of the pages above. */
export const decideAdminConsent = (
  context: GraphContext,
  id: string,
  pending: PendingSignIn,
  form: URLSearchParams,
): Reply => {
  const account = findSignIn(context, form.get('account') ?? '');
  if (!account) return choose(context, id, pending);
  if (form.get('action') === null) return review(context, id, pending, account);
  dropPending(context, id);
  const { tenantId } = account.person;
  if (form.get('action') !== 'accept') {
    return sendBack(pending, {
      error: 'permission_denied',
      error_description: 'The admin canceled the request',
      admin_consent: 'True',
      tenant: tenantId,
    });
  }
  requireAdmin(pending, account);
  context.entra.adminConsent(pending.app, tenantId, pending.permissions);
  return sendBack(pending, { admin_consent: 'True', tenant: tenantId, scope: pending.scope });
};
