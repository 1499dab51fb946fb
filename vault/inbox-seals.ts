import { type DataKey, openJsonBy } from '../crypto/data-key.ts';
import { sealJson } from '../crypto/seal.ts';

/** The grant of one inbox; sealed in `inboxes.tokens_ct`. */
export interface Tokens {
  accessToken: string;
  /** Epoch ms. Always known: without it google-auth-library refreshes on every 403. */
  expiresAt: number;
  refreshToken: string;
}

/** Who the inbox belongs to at the provider; sealed in `inboxes.profile_ct`. */
export interface Profile {
  address: string;
  /** Every address that is the user's own, lower-cased by the provider or not. */
  ownAddresses: string[];
  /** Where to mail the user about this inbox. */
  notifyAddress: string;
  /** Display name of the chosen label or folder, for the page. */
  scopeName: string | null;
}

interface Owner {
  orgId: string;
  id: string;
}

const aad = (inbox: Owner, column: string) => ({
  orgId: inbox.orgId,
  inboxId: inbox.id,
  column,
  rowId: inbox.id,
});

export const sealTokens = (key: DataKey, inbox: Owner, tokens: Tokens): Buffer =>
  sealJson(key.current, aad(inbox, 'inboxes.tokens_ct'), tokens);

export const openTokens = (key: DataKey, inbox: Owner, sealed: Uint8Array): Tokens =>
  openJsonBy<Tokens>(key, aad(inbox, 'inboxes.tokens_ct'), sealed);

export const sealProfile = (key: DataKey, inbox: Owner, profile: Profile): Buffer =>
  sealJson(key.current, aad(inbox, 'inboxes.profile_ct'), profile);

export const openProfile = (key: DataKey, inbox: Owner, sealed: Uint8Array): Profile =>
  openJsonBy<Profile>(key, aad(inbox, 'inboxes.profile_ct'), sealed);

export const sealCursor = (key: DataKey, inbox: Owner, cursor: unknown): Buffer =>
  sealJson(key.current, aad(inbox, 'sync_cursors.cursor_ct'), cursor);

export const openCursor = <T>(key: DataKey, inbox: Owner, sealed: Uint8Array): T =>
  openJsonBy<T>(key, aad(inbox, 'sync_cursors.cursor_ct'), sealed);
