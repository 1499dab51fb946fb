import type { InboxStatus } from './inbox.ts';
import type { Scope } from './scope.ts';
import type { FailureCode, SkipReason, Verdict } from './verdict.ts';

/** Why an email is where it is, or is not (B3): a closed set, part of the API. */
export const EXPLAIN_OUTCOMES = [
  'stored',
  'not_contact',
  'outside_scope',
  'before_window',
  'draft',
  'spam',
  'trash',
  'chat',
  'gone',
  'failed',
  'history_deleted',
  'being_fetched',
  'in_gap',
  'not_synced_yet',
  'scope_unchosen',
  'never_seen',
] as const;

export type ExplainOutcome = (typeof EXPLAIN_OUTCOMES)[number];

export interface Explanation {
  outcome: ExplainOutcome;
  /** What happened. */
  words: string;
  /** What to do about it. */
  fix: string;
}

/** Epoch ms, half open; what the asker knows of when it came. */
export interface AskedTime {
  from: number;
  to: number;
}

export interface InboxFacts {
  status: InboxStatus;
  scopeKind: Scope['kind'];
  windowStart: number;
  /** Everything accepted before has been seen; null while there is no cursor. */
  syncedAt: number | null;
  /** The history was deleted, and the inbox has not been connected since. */
  historyDeleted: boolean;
  openGaps: readonly { from: number; to: number }[];
  /** The label or folder of the scope was deleted, and nothing is synced until another is chosen. */
  scopeGone: boolean;
  /** Of backfills that are still to finish. */
  openBackfills: readonly { from: number; to: number }[];
}

/**
 * A message that has a verdict.
 * @param senderIsContact now; null when the sender is not known, or is the user, who is no contact
 */
export function explainVerdict(
  verdict: { kind: Verdict['kind']; reason: SkipReason | FailureCode | null },
  senderIsContact: boolean | null,
  facts: InboxFacts,
): Explanation {
  switch (verdict.kind) {
    case 'stored':
      return STORED;
    case 'gone':
      return GONE;
    case 'failed':
      return { ...FAILED, words: `${FAILED.words} ${FAILURES[verdict.reason as FailureCode]}` };
    case 'skipped':
      return explainSkip(verdict.reason as SkipReason, senderIsContact, facts);
  }
}

function explainSkip(
  reason: SkipReason,
  senderIsContact: boolean | null,
  facts: InboxFacts,
): Explanation {
  if (reason === 'not_contact' && senderIsContact) {
    return facts.openBackfills.length > 0 ? BEING_FETCHED : LATE_CONTACT;
  }
  if (MOVABLE.has(reason) && facts.status === 'connected') {
    // When it was moved nobody knows: any stretch that was missed may be the one.
    if (facts.scopeGone) return SCOPE_GONE;
    if (facts.openGaps.length > 0) return movedInGap(SKIPS[reason as keyof typeof SKIPS]);
    if (facts.openBackfills.length > 0) return BEING_FETCHED;
    if (reason === 'outside_scope' && facts.scopeKind === 'contacts') return OUTSIDE_BEFORE;
  }
  return reason === 'before_window' ? beforeWindow(facts) : { outcome: reason, ...SKIPS[reason] };
}

/**
 * A message without a verdict: the first of the reasons that may apply. That its sender is no
 * contact comes last, and only as a guess: where it was not looked at yet, a recipient may be one.
 * @param asked null when only a Message-ID is known
 * @param senderIsContact null when the sender is not known, or is the user
 */
export function explainUnseen(
  asked: AskedTime | null,
  senderIsContact: boolean | null,
  facts: InboxFacts,
): Explanation {
  if (facts.status === 'deleting' || facts.historyDeleted) return HISTORY_DELETED;
  if (asked && asked.to <= facts.windowStart) return beforeWindow(facts);
  if (facts.status !== 'connected') return STOPPED;
  if (facts.scopeKind === 'unchosen') return UNCHOSEN;
  if (facts.scopeGone) return SCOPE_GONE;
  if (facts.openGaps.some((gap) => mayLieIn(asked, gap))) return IN_GAP;
  if (facts.openBackfills.some((window) => mayLieIn(asked, window))) return BEING_FETCHED;
  if (asked && (facts.syncedAt === null || asked.from >= facts.syncedAt)) return NOT_YET;
  if (senderIsContact === false) return SENDER_NO_CONTACT;
  return facts.scopeKind === 'contacts' ? NEVER_SEEN : NEVER_SEEN_IN_PLACE;
}

/**
 * Of a sender and a day some are found: why another one of them may not be here.
 * @returns null when nothing in particular keeps it away
 */
export function explainOthers(
  asked: AskedTime,
  senderIsContact: boolean | null,
  facts: InboxFacts,
): Explanation | null {
  const why = explainUnseen(asked, senderIsContact, facts);
  const general = why === NEVER_SEEN || why === SENDER_NO_CONTACT;
  if (general || why.outcome === 'before_window') return null;
  const words = `${why.words.charAt(0).toLowerCase()}${why.words.slice(1)}`;
  return { ...why, words: `If you miss another one of that sender and day: ${words}` };
}

function beforeWindow({ windowStart }: InboxFacts): Explanation {
  const day = new Date(windowStart).toISOString().slice(0, 10);
  return {
    outcome: 'before_window',
    words: `It is older than what is synced of this inbox, which begins on ${day}.`,
    fix: 'Nothing fetches it: older email is not synced.',
  };
}

function mayLieIn(asked: AskedTime | null, { from, to }: { from: number; to: number }): boolean {
  return asked === null || (asked.from < to && from < asked.to);
}

type Words = Omit<Explanation, 'outcome'>;

/** By their user, without anything of the message changing. */
const MOVABLE: ReadonlySet<SkipReason> = new Set(['outside_scope', 'spam', 'trash']);

const movedInGap = ({ words }: Words): Explanation => ({
  outcome: 'in_gap',
  words: `${words} If it was moved since, that may lie in a stretch of time that sync has missed and is catching up.`,
  fix: IN_GAP.fix,
});

const PLACE = 'Move it out of there in your mailbox; it is then judged again.';

const SKIPS: Record<Exclude<SkipReason, 'before_window'>, Words> = {
  not_contact: {
    words: 'Nobody in its headers is a CRM contact, so it was not stored.',
    fix: 'Add the sender’s or recipient’s address to a contact; its email of the window is then fetched.',
  },
  outside_scope: {
    words:
      'When it was looked at, it did not lie in the label or folder that this inbox is limited to.',
    fix: 'Give it the label or move it there in your mailbox, or change the inbox’s scope to all contacts.',
  },
  draft: { words: 'It is a draft.', fix: 'Send it; what is sent is synced.' },
  spam: { words: 'It lies in Spam.', fix: PLACE },
  trash: { words: 'It lies in the bin.', fix: PLACE },
  chat: { words: 'It is a chat message, not email.', fix: 'Chats are not synced.' },
};

const FAILURES: Record<FailureCode, string> = {
  unreadable: 'It could not be read as email.',
  too_large: 'It is larger than what is read.',
  refused_by_provider: 'The provider did not give it out.',
  not_storable: 'It holds something that cannot be stored.',
};

const STORED: Explanation = {
  outcome: 'stored',
  words: 'It is stored, on the timelines of the contacts in its headers.',
  fix: 'If it is not on the timeline where you look for it, no address in its headers is that contact’s: add the address to the contact.',
};
const GONE: Explanation = {
  outcome: 'gone',
  words: 'It was deleted in the mailbox before it could be read.',
  fix: 'Restore it in your mailbox if you can; it is then synced.',
};
const FAILED: Explanation = {
  outcome: 'failed',
  words: 'It was found but could not be stored.',
  fix: 'Have the backfill replayed: what failed is then tried again.',
};
const LATE_CONTACT: Explanation = {
  outcome: 'not_contact',
  words: 'When it was looked at, the sender was not a contact. They are one now.',
  fix: 'Email of contacts that come later is fetched within minutes. If it is not there then, reconnect the inbox.',
};
const BEING_FETCHED: Explanation = {
  outcome: 'being_fetched',
  words: 'A backfill over this time has not finished yet.',
  fix: 'Wait until it has; the inbox’s page shows how long that takes.',
};
const HISTORY_DELETED: Explanation = {
  outcome: 'history_deleted',
  words: 'The email history of this inbox was deleted, and with it what was known of this message.',
  fix: 'Connect the mailbox again: its latest email is then synced anew.',
};
const SENDER_NO_CONTACT: Explanation = {
  outcome: 'not_contact',
  words:
    'We have not seen it. Its sender is no CRM contact, and only email with contacts is looked for.',
  fix: 'Add the sender’s address to a contact; its email of the window is then fetched. If a contact is among its recipients, check that it is in this mailbox.',
};
const STOPPED: Explanation = {
  outcome: 'not_synced_yet',
  words: 'The inbox is not connected, and nothing comes in meanwhile.',
  fix: 'Reconnect the inbox: what came in since is caught up.',
};
const UNCHOSEN: Explanation = {
  outcome: 'scope_unchosen',
  words:
    'Nothing of this inbox is read at the moment: what shall be synced of it has yet to be chosen.',
  fix: 'Choose a label or folder, or everything with contacts, under Settings → Email; its email of the window is then fetched.',
};
const IN_GAP: Explanation = {
  outcome: 'in_gap',
  words: 'It may lie in a stretch of time that sync has missed and is catching up.',
  fix: 'Wait until the gap is closed; the inbox’s page shows it.',
};
const SCOPE_GONE: Explanation = {
  outcome: 'in_gap',
  words:
    'The label or folder that this inbox is limited to is gone from the mailbox, and nothing comes in until another is chosen.',
  fix: 'Choose another, or everything with contacts, under Settings → Email: the window is then gone through again.',
};
const OUTSIDE_BEFORE: Explanation = {
  outcome: 'outside_scope',
  words:
    'When it was looked at, the inbox was limited to a label or folder in which it did not lie. Since that ended it was not met again.',
  fix: 'Check that it is still in this mailbox, and not in Spam or the bin.',
};
const NOT_YET: Explanation = {
  outcome: 'not_synced_yet',
  words: 'It is newer than what has been synced so far.',
  fix: 'Wait a few minutes and ask again.',
};
const NEVER_SEEN: Explanation = {
  outcome: 'never_seen',
  words:
    'The provider has not shown it to us: it is not in this mailbox, or names no contact address.',
  fix: 'Check that it is in this mailbox and that an address in its From, To or Cc belongs to a contact.',
};
const NEVER_SEEN_IN_PLACE: Explanation = {
  outcome: 'never_seen',
  words:
    'The provider has not shown it to us: it is not in this mailbox, or not in the label or folder that the inbox is limited to.',
  fix: 'Give it the label or move it there in your mailbox, or change the inbox’s scope to all contacts.',
};
