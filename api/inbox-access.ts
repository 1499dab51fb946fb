import type { KeyRing } from '../crypto/key-ring.ts';
import type { Tx } from '../db/database.ts';
import { getInbox } from '../db/inbox-lock.ts';
import type { InboxRow } from '../db/inbox-row.ts';
import { findDataKey } from '../vault/data-keys.ts';
import { openProfile, type Profile } from '../vault/inbox-seals.ts';
import { isUnreadable } from '../vault/unreadable.ts';
import { notFound, Problem, type ProblemCode } from './problem.ts';

/** What a route may answer that asks the provider on behalf of a user. */
export const PROVIDER_PROBLEMS = [
  'inbox-not-connected',
  'inbox-deleting',
  'message-gone',
  'provider-busy',
  'provider-unavailable',
] as const satisfies readonly ProblemCode[];

/** @throws Problem `not-found`, alike for an unknown inbox and another user's */
export async function ownInbox(tx: Tx, id: string): Promise<InboxRow> {
  const inbox = await getInbox(tx, id);
  if (!inbox) throw notFound('inbox');
  return inbox;
}

/** The same with its mailbox's address, which the consent page preselects; null once deleted. */
export async function ownInboxAndAddress(
  tx: Tx,
  keyRing: KeyRing,
  id: string,
): Promise<{ inbox: InboxRow; address: string | null }> {
  const inbox = await ownInbox(tx, id);
  const profile = await openProfileOf(tx, keyRing, inbox);
  return { inbox, address: profile?.address ?? null };
}

/** @throws Problem when the provider must not be asked for this inbox */
export function requireConnected(inbox: Pick<InboxRow, 'status'>): void {
  if (inbox.status === 'connected') return;
  if (inbox.status === 'deleting') {
    throw new Problem('inbox-deleting', 'Its provider is not asked any more.');
  }
  throw new Problem('inbox-not-connected', 'Its provider cannot be asked at the moment.');
}

/** @returns null once the history is deleted, with which the profile went, or where it does not open */
export async function openProfileOf(
  tx: Tx,
  keyRing: KeyRing,
  inbox: InboxRow,
): Promise<Profile | null> {
  if (!inbox.profileCt) return null;
  try {
    const key = await findDataKey(tx, keyRing, inbox);
    return key && openProfile(key, inbox, inbox.profileCt);
  } catch (error) {
    if (isUnreadable(error)) return null;
    throw error;
  }
}
