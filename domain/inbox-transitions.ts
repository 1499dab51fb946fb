import type { InboxStatus } from './inbox.ts';

/** What can happen to an inbox. `reconnect` is a new grant for a mailbox that was never let go. */
export type InboxEvent =
  | 'connect'
  | 'reconnect'
  | 'loseAccess'
  | 'disconnect'
  | 'deleteHistory'
  | 'historyDeleted';

/** The inbox row as far as transitions go; null before the first connect. */
export type InboxState = { status: InboxStatus; epoch: number } | null;

/** Why not, as the API's problem code. */
export type Refusal =
  | 'not_found'
  | 'already_connected'
  | 'not_connected'
  | 'deleting'
  | 'not_deleting';

export type Transition =
  | { allowed: true; next: { status: InboxStatus; epoch: number }; changed: boolean }
  | { allowed: false; refusal: Refusal };

/**
 * `fence` raises the epoch, so that whatever ran before can neither read nor write (I4, B7).
 * `move` keeps it: nothing that runs has to stop. `stay` is a repeated request, answered alike.
 */
type Rule = { to: InboxStatus; how: 'fence' | 'move' | 'stay' } | Refusal;

type From = InboxStatus | 'absent';

const fence = (to: InboxStatus): Rule => ({ to, how: 'fence' });
const move = (to: InboxStatus): Rule => ({ to, how: 'move' });
const stay = (to: InboxStatus): Rule => ({ to, how: 'stay' });

/**
 * - Losing access does not fence: calls fail by themselves with the dead token, and what was read
 *   before may still be stored. Coming back from it does, since a new run starts.
 * - A new grant while connected (the send switch, P2) replaces tokens under a running backfill,
 *   which goes on with them.
 * - A connect for an inbox that waits for its user is a reconnect by another button.
 * - Deleting ends disconnected: the data key is gone and the tokens with it (B8), so that only a
 *   connect, with a new key and a new epoch, starts again.
 */
const RULES: Record<InboxEvent, Record<From, Rule>> = {
  connect: {
    absent: fence('connected'),
    connected: 'already_connected',
    needs_reconnect: fence('connected'),
    disconnected: fence('connected'),
    deleting: 'deleting',
  },
  reconnect: {
    absent: 'not_found',
    connected: stay('connected'),
    needs_reconnect: fence('connected'),
    disconnected: 'not_connected',
    deleting: 'deleting',
  },
  loseAccess: {
    absent: 'not_found',
    connected: move('needs_reconnect'),
    needs_reconnect: stay('needs_reconnect'),
    disconnected: 'not_connected',
    deleting: 'not_connected',
  },
  disconnect: {
    absent: 'not_found',
    connected: fence('disconnected'),
    needs_reconnect: fence('disconnected'),
    disconnected: stay('disconnected'),
    deleting: 'deleting',
  },
  deleteHistory: {
    absent: 'not_found',
    connected: fence('deleting'),
    needs_reconnect: fence('deleting'),
    disconnected: fence('deleting'),
    deleting: stay('deleting'),
  },
  historyDeleted: {
    absent: 'not_found',
    connected: 'not_deleting',
    needs_reconnect: 'not_deleting',
    disconnected: 'not_deleting',
    deleting: move('disconnected'),
  },
};

/** The state after the event, or why it may not happen. The epoch never falls. */
export function transition(state: InboxState, event: InboxEvent): Transition {
  const rule = RULES[event][state?.status ?? 'absent'];
  if (typeof rule === 'string') return { allowed: false, refusal: rule };
  const epoch = (state?.epoch ?? 0) + (rule.how === 'fence' ? 1 : 0);
  return { allowed: true, next: { status: rule.to, epoch }, changed: rule.how !== 'stay' };
}
