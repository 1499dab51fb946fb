import { randomBytes } from 'node:crypto';
import { html, type Reply, redirect } from '../../shared/http.ts';
import { findAccount, type GoogleContext } from '../context.ts';
import { consentPage, errorPage } from './consent-page.ts';
import { isIdentity, isKnownScope, normaliseScopes } from './scopes.ts';
import { allowsRedirect, type OAuthClient } from './store.ts';

/** An authorization request that passed validation and waits for the user. */
export interface PendingConsent {
  client: OAuthClient;
  redirectUri: string;
  state: string | null;
  scopes: string[];
  offline: boolean;
  prompt: string[];
  includeGranted: boolean;
  loginHint: string | null;
  challenge: string | null;
  nonce: string | null;
}

interface ConsentChoice {
  address: string;
  /** Scopes left ticked; identity scopes need not be listed. */
  scopes: readonly string[];
  allow: boolean;
}

const pendings = new WeakMap<GoogleContext, Map<string, PendingConsent>>();

const pendingOf = (context: GoogleContext): Map<string, PendingConsent> => {
  const known = pendings.get(context);
  if (known) return known;
  const fresh = new Map<string, PendingConsent>();
  pendings.set(context, fresh);
  return fresh;
};

class AuthorizeError extends Error {
  override readonly name = 'AuthorizeError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** @throws AuthorizeError shown to the user: such requests never go back to the redirect URI */
const validate = (context: GoogleContext, query: URLSearchParams): PendingConsent => {
  const client = context.oauth.clients.get(query.get('client_id') ?? '');
  if (!client) throw new AuthorizeError('invalid_client', 'The OAuth client was not found.');
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!allowsRedirect(client, redirectUri)) {
    throw new AuthorizeError(
      'redirect_uri_mismatch',
      `The redirect URI in the request, ${redirectUri}, does not match the ones authorized for the OAuth client.`,
    );
  }
  if (query.get('response_type') !== 'code') {
    throw new AuthorizeError('unsupported_response_type', 'Invalid response_type; use code.');
  }
  const scopes = normaliseScopes(query.get('scope') ?? '');
  if (scopes.length === 0) {
    throw new AuthorizeError('invalid_request', 'Missing required parameter: scope');
  }
  const unknown = scopes.filter((scope) => !isKnownScope(scope));
  if (unknown.length > 0) {
    throw new AuthorizeError('invalid_scope', `Some requested scopes were invalid: ${unknown}`);
  }
  const challenge = query.get('code_challenge');
  if (challenge !== null && query.get('code_challenge_method') !== 'S256') {
    throw new AuthorizeError('invalid_request', 'code_challenge_method must be S256.');
  }
  return {
    client,
    redirectUri,
    state: query.get('state'),
    scopes,
    offline: query.get('access_type') === 'offline',
    prompt: (query.get('prompt') ?? '').split(/\s+/).filter(Boolean),
    includeGranted: query.get('include_granted_scopes') === 'true',
    loginHint: query.get('login_hint')?.toLowerCase() ?? null,
    challenge,
    nonce: query.get('nonce'),
  };
};

/** GET /o/oauth2/v2/auth */
export const authorize = (context: GoogleContext, query: URLSearchParams): Reply => {
  try {
    const pending = validate(context, query);
    const account = chosenAccount(context, pending, query);
    if (pending.prompt.includes('none')) return silently(context, pending, account);
    if (account && covered(context, pending, account) && !pending.prompt.includes('consent')) {
      const scopes = pending.scopes;
      return complete(context, pending, { address: account, scopes, allow: true });
    }
    const id = randomBytes(16).toString('hex');
    pendingOf(context).set(id, pending);
    const accounts = [...context.accounts.values()].map(({ mailbox }) => mailbox.identity);
    return html(200, consentPage({ id, pending, accounts, account }));
  } catch (error) {
    if (!(error instanceof AuthorizeError)) throw error;
    return html(400, errorPage(error.code, error.message));
  }
};

/** The account picked on the chooser, hinted at, or the only one there is. */
const chosenAccount = (
  context: GoogleContext,
  pending: PendingConsent,
  query: URLSearchParams,
): string | null => {
  const picked = query.get('emulator_account')?.toLowerCase();
  if (picked && findAccount(context, picked)) return picked;
  if (pending.prompt.includes('select_account')) return null;
  if (pending.loginHint && findAccount(context, pending.loginHint)) return pending.loginHint;
  const only = context.accounts.size === 1 ? [...context.accounts.keys()][0] : undefined;
  return only ?? null;
};

/** Whether the user already gave this client everything it asks for. */
const covered = (context: GoogleContext, pending: PendingConsent, address: string): boolean => {
  const { client, scopes } = pending;
  const granted = context.oauth.grantedScopes(client.projectId, address);
  return (
    context.oauth.hasGrant(client.clientId, address) && scopes.every((scope) => granted.has(scope))
  );
};

const silently = (
  context: GoogleContext,
  pending: PendingConsent,
  account: string | null,
): Reply => {
  if (account === null) return sendBack(pending, { error: 'login_required' });
  if (!covered(context, pending, account)) return sendBack(pending, { error: 'consent_required' });
  return complete(context, pending, { address: account, scopes: pending.scopes, allow: true });
};

/** POST of the consent form. */
export const decide = (context: GoogleContext, form: URLSearchParams): Reply => {
  const id = form.get('request') ?? '';
  const pending = pendingOf(context).get(id);
  if (!pending) return html(400, errorPage('invalid_request', 'This consent page has expired.'));
  const address = (form.get('account') ?? '').toLowerCase();
  if (!findAccount(context, address)) {
    return html(400, errorPage('invalid_request', 'Choose an account.'));
  }
  pendingOf(context).delete(id);
  return complete(context, pending, {
    address,
    scopes: form.getAll('scope'),
    allow: form.get('action') === 'allow',
  });
};

const complete = (
  context: GoogleContext,
  pending: PendingConsent,
  choice: ConsentChoice,
): Reply => {
  if (!choice.allow) return sendBack(pending, { error: 'access_denied' });
  const { oauth } = context;
  const { client } = pending;
  const kept = pending.scopes.filter((scope) => isIdentity(scope) || choice.scopes.includes(scope));
  // Unticking every box is a denial, not an empty grant.
  if (kept.length === 0) return sendBack(pending, { error: 'access_denied' });
  const first = !oauth.hasGrant(client.clientId, choice.address);
  const earlier = oauth.grantedScopes(client.projectId, choice.address);
  const scopes = new Set([...kept, ...(pending.includeGranted ? earlier : [])]);
  oauth.grant(client.projectId, choice.address, kept);
  const code = oauth.createCode({
    address: choice.address,
    client,
    redirectUri: pending.redirectUri,
    scopes,
    challenge: pending.challenge,
    nonce: pending.nonce,
    withRefreshToken: pending.offline && (first || pending.prompt.includes('consent')),
  });
  return sendBack(pending, {
    code,
    scope: [...scopes].join(' '),
    authuser: '0',
    prompt: 'consent',
  });
};

const sendBack = (pending: PendingConsent, values: Record<string, string>): Reply => {
  const url = new URL(pending.redirectUri);
  if (pending.state !== null) url.searchParams.set('state', pending.state);
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  return redirect(url.href);
};
