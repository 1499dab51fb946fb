import type { Provider } from '../domain/inbox.ts';
import type { Scope } from '../domain/scope.ts';
import { at, msOf } from './time.ts';
import type { Tx } from './tx.ts';

/** A consent flow under way. */
export interface OauthState {
  stateHash: Buffer;
  /** Hash of a cookie set when the flow began. */
  browserHash: Buffer;
  orgId: string;
  userId: string;
  provider: Provider;
  scope: Scope;
  /** Reconnect: the mailbox that must come back. */
  inboxId: string | null;
  /** Sealed by the master key: PKCE verifier, notification address. */
  secretCt: Buffer;
  returnTo: string;
  expiresAt: number;
}

/**
 * As the user. Clears away that user's expired ones, but not at once: one that was taken at its last
 * moment may still be in use, and a row that has gone is a flow that was ended.
 */
export const putOauthState = async (tx: Tx, state: OauthState): Promise<void> => {
  await tx.sql("delete from oauth_states where expires_at < now() - interval '5 minutes'");
  await tx.sql(
    `insert into oauth_states (state_hash, browser_hash, org_id, user_id, provider, scope, inbox_id,
       secret_ct, return_to, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      state.stateHash,
      state.browserHash,
      state.orgId,
      state.userId,
      state.provider,
      JSON.stringify(state.scope),
      state.inboxId,
      state.secretCt,
      state.returnTo,
      at(state.expiresAt),
    ],
  );
};

/** As nobody. @returns null when unknown, expired or taken before: a state serves once */
export const takeOauthState = async (tx: Tx, stateHash: Buffer): Promise<OauthState | null> => {
  const [row] = await tx.sql<{
    state_hash: Buffer;
    browser_hash: Buffer;
    org_id: string;
    user_id: string;
    provider: Provider;
    scope: Scope;
    inbox_id: string | null;
    secret_ct: Buffer;
    return_to: string;
    expires_at: string;
  }>('select * from take_oauth_state($1)', [stateHash]);
  if (!row) return null;
  return {
    stateHash: row.state_hash,
    browserHash: row.browser_hash,
    orgId: row.org_id,
    userId: row.user_id,
    provider: row.provider,
    scope: row.scope,
    inboxId: row.inbox_id,
    secretCt: row.secret_ct,
    returnTo: row.return_to,
    expiresAt: msOf(row.expires_at),
  };
};
