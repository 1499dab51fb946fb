import type { OutgoingRow, OutgoingState } from '../db/outgoing-store.ts';
import { needsUser } from '../providers/errors.ts';
import type { SentMail } from '../providers/mail-sender.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';

/** What one look at an outgoing message came to. */
export interface SendTurn {
  state: OutgoingState;
  /** Null at the end. */
  retryInMs: number | null;
  /** The grant is dead, as the inbox shall see for itself: nothing else may tell it for hours. */
  wakesInbox?: boolean;
}

export interface Turn {
  deps: ActivityDeps;
  inbox: InboxRef;
  row: OutgoingRow;
  signal: AbortSignal;
}

/** @param why what it ended of */
export const ended = (state: OutgoingState, why?: unknown): SendTurn => ({
  ...{ state, retryInMs: null },
  ...(needsUser(why) && { wakesInbox: true }),
});

/** The provider's clock may differ from ours. */
const CLOCK_MS = 5 * 60_000;

/** In the mailbox, by our mark; null when it is not there (yet). */
export async function findSent(
  { deps, inbox, row, signal }: Turn,
  attemptedAt: number,
): Promise<SentMail | null> {
  const sender = await deps.mailboxes.openSender(inbox, signal);
  return await sender.findSent(row.id, attemptedAt - CLOCK_MS);
}
