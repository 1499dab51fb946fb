import { type MatchKey, matchKeysOf } from './address.ts';
import type { Direction, MessageHead, Participant } from './message.ts';
import type { SkipReason } from './verdict.ts';

/** What of an inbox is synced. A label or folder narrows `contacts`, it never widens it. */
export type ChosenScope =
  | { kind: 'contacts' }
  | { kind: 'label'; labelId: string }
  | { kind: 'folder'; folderId: string; includeSubfolders: boolean };

/** `unchosen`: its user chooses after connecting, and until then no mail is asked for (P6). */
export type Scope = ChosenScope | { kind: 'unchosen' };

/** Providers take no other: whoever asks one for mail has to look here first. */
export function isChosen(scope: Scope): scope is ChosenScope {
  return scope.kind !== 'unchosen';
}

/** The provider's id of the label or folder; null where there is none. */
export function placeOf(scope: Scope): string | null {
  if (scope.kind === 'label') return scope.labelId;
  return scope.kind === 'folder' ? scope.folderId : null;
}

export interface ScopeContext {
  scope: Scope;
  /** Contact ids by match key; an address may belong to several contacts. */
  contacts: ReadonlyMap<MatchKey, readonly string[]>;
  /** The user's own addresses: the mailbox, its aliases, its send-as addresses. */
  ownAddresses: ReadonlySet<MatchKey>;
  /** Epoch ms; older mail is outside the promise of 90 days. */
  windowStart: number;
}

export type Judgement =
  | {
      inScope: true;
      direction: Direction;
      /** Sorted, each once. */
      contactIds: string[];
    }
  | { inScope: false; reason: SkipReason };

/**
 * The one scope predicate: backfill, sync, back-fetch and every write ask it and nothing else (I3).
 * System states go first, then the label or folder, then the window, then the contacts.
 *
 * A contact in any role counts, Reply-To included: group and form mail names the person nowhere
 * else. The user's own addresses never do, even where one is filed as a contact, or every message
 * of the mailbox would match.
 */
export function judge(head: MessageHead, context: ScopeContext): Judgement {
  if (head.state !== 'mail') return { inScope: false, reason: head.state };
  if (!isInPlace(head.labelIds, context.scope)) return { inScope: false, reason: 'outside_scope' };
  if (head.receivedAt < context.windowStart) return { inScope: false, reason: 'before_window' };

  const known = head.participants.map((participant) => recognise(participant, context));
  const contactIds = [...new Set(known.flatMap((participant) => participant.contactIds))].sort();
  if (contactIds.length === 0) return { inScope: false, reason: 'not_contact' };
  return { inScope: true, direction: directionOf(known), contactIds };
}

/** `labelIds` of a folder message: its own folder first, then that folder's ancestors. */
function isInPlace(labelIds: readonly string[], scope: Scope): boolean {
  switch (scope.kind) {
    case 'unchosen':
      return false;
    case 'contacts':
      return true;
    case 'label':
      return labelIds.includes(scope.labelId);
    case 'folder':
      return scope.includeSubfolders
        ? labelIds.includes(scope.folderId)
        : labelIds[0] === scope.folderId;
  }
}

interface Recognised {
  role: Participant['role'];
  own: boolean;
  /** Empty for the user's own addresses and for strangers. */
  contactIds: readonly string[];
}

function recognise({ role, address }: Participant, context: ScopeContext): Recognised {
  const keys = matchKeysOf(address);
  const own = keys.some((key) => context.ownAddresses.has(key));
  const contactIds = own ? [] : keys.flatMap((key) => context.contacts.get(key) ?? []);
  return { role, own, contactIds };
}

/**
 * Outbound is what the user wrote, as far as the headers say.
 *
 * - From is the user's: outbound, even with the user alone in To and the contact in Cc. Unless
 *   replies go to a contact: then a group or web form put its own (here: the user's alias) address
 *   where the contact's stood, as in From "Ann via Sales", Reply-To Ann (D1.28).
 * - Sender is the user's: the user wrote as a delegate for From (D2.27). Unless From is a contact:
 *   then a list re-sent the contact's mail under the user's alias.
 * - Neither, or both missing: inbound, since nothing says that the user wrote it.
 */
function directionOf(participants: readonly Recognised[]): Direction {
  const isOwn = (role: Participant['role']) => participants.some((p) => p.role === role && p.own);
  const isContact = (role: Participant['role']) =>
    participants.some((p) => p.role === role && p.contactIds.length > 0);

  if (isOwn('from')) return isContact('reply-to') ? 'inbound' : 'outbound';
  return isOwn('sender') && !isContact('from') ? 'outbound' : 'inbound';
}
