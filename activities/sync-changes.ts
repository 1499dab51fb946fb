import { pause } from '../session/call-gate.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import { withHeartbeat } from './heartbeat.ts';
import { type Looked, syncToHead } from './sync-to-head.ts';

export interface SyncInput extends InboxRef {
  /** Messages; with more nothing is done, and `tooMany` says so. Left out: no limit. */
  atMost?: number;
}

export interface SyncedChanges extends Looked {
  /** The second look has found something, too: more may have come that nobody has announced. */
  goesOn?: boolean;
}

/**
 * Gmail announces one change a second and mailbox and drops the surplus, so that the second mail of
 * a burst would stay unseen until the next push or poll.
 */
const UNANNOUNCED_MS = 1_500;

/** To the provider's head and, when something was there, once more after a moment. */
export async function syncChanges(
  deps: ActivityDeps,
  { atMost = Number.POSITIVE_INFINITY, ...inbox }: SyncInput,
): Promise<SyncedChanges> {
  return await withHeartbeat(async (signal) => {
    const mailbox = await deps.mailboxes.open(inbox, 'live', signal);
    const look = (): Promise<Looked> => syncToHead(deps, inbox, mailbox, { atMost, signal });
    const first = await look();
    if (first.seen === 0) return first;
    await pause(UNANNOUNCED_MS, signal);
    const second = await look();
    return {
      seen: first.seen + second.seen,
      stored: first.stored + second.stored,
      workFound: first.workFound || second.workFound,
      goesOn: second.seen > 0 || second.tooMany === true,
    };
  });
}
