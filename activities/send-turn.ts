import type { OutgoingRow, OutgoingState } from '../db/outgoing-store.ts';
import type { SentMail } from '../providers/mail-sender.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';

/** What one look at an outgoing message came to. */
export interface SendTurn {
  state: OutgoingState;
  /** Null at the end. */
  retryInMs: number | null;
}

export interface Turn {
  deps: ActivityDeps;
  inbox: InboxRef;
  row: OutgoingRow;
  signal: AbortSignal;
}

export const ended = (state: OutgoingState): SendTurn => ({ state, retryInMs: null });

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
