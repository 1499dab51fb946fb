import type { Aad } from '../crypto/aad.ts';
import { type DataKey, openJsonBy } from '../crypto/data-key.ts';
import { sealJson } from '../crypto/seal.ts';

/** The grant of one inbox; sealed in `inboxes.tokens_ct`. */
export interface Tokens {
  accessToken: string;
  /** Epoch ms. Always known: without it google-auth-library refreshes on every 403. */
  expiresAt: number;
  /** What the provider renews it with, only its own code reads it: a refresh token, a token cache. */
  renewal: string;
  /** The organisation the account belongs to at the provider, where it says so. */
  tenant?: string;
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

/** Where what is sealed once an inbox lies. */
export const inboxAad = (
  { orgId, id }: Owner,
  column: 'inboxes.tokens_ct' | 'inboxes.profile_ct' | 'sync_cursors.cursor_ct',
): Aad => ({ orgId, inboxId: id, column, rowId: id });

export const sealTokens = (key: DataKey, inbox: Owner, tokens: Tokens): Buffer =>
  sealJson(key.current, inboxAad(inbox, 'inboxes.tokens_ct'), tokens);

export const openTokens = (key: DataKey, inbox: Owner, sealed: Uint8Array): Tokens =>
  openJsonBy<Tokens>(key, inboxAad(inbox, 'inboxes.tokens_ct'), sealed);

export const sealProfile = (key: DataKey, inbox: Owner, profile: Profile): Buffer =>
  sealJson(key.current, inboxAad(inbox, 'inboxes.profile_ct'), profile);

export const openProfile = (key: DataKey, inbox: Owner, sealed: Uint8Array): Profile =>
  openJsonBy<Profile>(key, inboxAad(inbox, 'inboxes.profile_ct'), sealed);

export const sealCursor = (key: DataKey, inbox: Owner, cursor: unknown): Buffer =>
  sealJson(key.current, inboxAad(inbox, 'sync_cursors.cursor_ct'), cursor);

export const openCursor = <T>(key: DataKey, inbox: Owner, sealed: Uint8Array): T =>
  openJsonBy<T>(key, inboxAad(inbox, 'sync_cursors.cursor_ct'), sealed);

interface SliceRef {
  n: number;
  ordinal: number;
}

export const pageTokenAad = ({ orgId, id }: Owner, { n, ordinal }: SliceRef): Aad => ({
  ...{ orgId, inboxId: id, column: 'backfill_slices.page_token_ct' },
  rowId: `${n}/${ordinal}`,
});

/** Where a search goes on: Graph writes the addresses asked for into it. */
export const sealPageToken = (
  key: DataKey,
  inbox: Owner,
  slice: SliceRef,
  pageToken: string,
): Buffer => sealJson(key.current, pageTokenAad(inbox, slice), pageToken);

export const openPageToken = (
  key: DataKey,
  inbox: Owner,
  slice: SliceRef,
  sealed: Uint8Array,
): string => openJsonBy<string>(key, pageTokenAad(inbox, slice), sealed);
