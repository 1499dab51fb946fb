import { randomBytes } from 'node:crypto';
import { html, type Reply, redirect } from '../../shared/http.ts';
import type { GraphContext } from '../context.ts';
import { formPostPage } from './pages.ts';
import type { EntraApp } from './store.ts';

/** A request that passed validation and waits for somebody to pick, accept or turn back. */
export interface PendingSignIn {
  kind: 'authorize' | 'adminconsent';
  /** `common`, `organizations`, `consumers` or a tenant id. */
  authority: string;
  app: EntraApp;
  redirectUri: string;
  state: string | null;
  scope: string;
  permissions: string[];
  prompt: string;
  responseMode: string;
  challenge: string | null;
  challengeMethod: string;
  nonce: string | null;
  clientInfo: boolean;
}

const pendings = new WeakMap<GraphContext, Map<string, PendingSignIn>>();

const pendingOf = (context: GraphContext): Map<string, PendingSignIn> => {
  const known = pendings.get(context);
  if (known) return known;
  const fresh = new Map<string, PendingSignIn>();
  pendings.set(context, fresh);
  return fresh;
};

export const keepPending = (context: GraphContext, pending: PendingSignIn): string => {
  const id = randomBytes(16).toString('hex');
  pendingOf(context).set(id, pending);
  return id;
};

export const findPending = (context: GraphContext, id: string): PendingSignIn | undefined =>
  pendingOf(context).get(id);

export const dropPending = (context: GraphContext, id: string): void => {
  pendingOf(context).delete(id);
};

/** Back to the app, in the response mode it asked for. */
export const sendBack = (pending: PendingSignIn, values: Record<string, string>): Reply => {
  const all = { ...values, ...(pending.state !== null && { state: pending.state }) };
  if (pending.responseMode === 'form_post')
    return html(200, formPostPage(pending.redirectUri, all));
  const url = new URL(pending.redirectUri);
  if (pending.responseMode === 'fragment') url.hash = new URLSearchParams(all).toString();
  else for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value);
  return redirect(url.href);
};
