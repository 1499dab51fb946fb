import type { InboxStatus } from './inbox.ts';

/** What can happen to an inbox. A new mailbox begins as disconnected in epoch 0. */
export type InboxEvent =
  | 'connect'
  | 'loseAccess'
  | 'disconnect'
  | 'deleteHistory'
  | 'historyDeleted';

/** The inbox row as far as transitions go. */
export interface InboxState {
  status: InboxStatus;
  epoch: number;
}

/** Why not. `deleting`: wait for the deletion's end; the others are mistakes of the caller. */
export type Refusal = 'deleting' | 'not_connected' | 'not_deleting';

export type Transition =
  | { allowed: true; next: InboxState; changed: boolean }
  | { allowed: false; refusal: Refusal };

/**
 * `fence` raises the epoch, so that whatever ran before can neither read nor write (I4, B7).
 * `move` keeps it: nothing that runs has to stop. `stay` is a repeated request, answered alike.
 */
type Rule = { to: InboxStatus; how: 'fence' | 'move' | 'stay' } | Refusal;

const fence = (to: InboxStatus): Rule => ({ to, how: 'fence' });
const move = (to: InboxStatus): Rule => ({ to, how: 'move' });
const stay = (to: InboxStatus): Rule => ({ to, how: 'stay' });

/**
 * - A connect fences even while connected: what runs goes on with the new grant, in a new epoch.
 * - Losing access does not fence: calls fail by themselves with the dead token. Coming back does,
 *   since a new run starts.
 * - Deleting ends disconnected: the data key is gone and the tokens with it (B8), so that only a
 *   connect, with a new key and a new epoch, starts again.
 */
const RULES: Record<InboxEvent, Record<InboxStatus, Rule>> = {
  connect: {
    connected: fence('connected'),
    needs_reconnect: fence('connected'),
    disconnected: fence('connected'),
    deleting: 'deleting',
  },
  loseAccess: {
    connected: move('needs_reconnect'),
    needs_reconnect: stay('needs_reconnect'),
    disconnected: 'not_connected',
    deleting: 'not_connected',
  },
  disconnect: {
    connected: fence('disconnected'),
    needs_reconnect: fence('disconnected'),
    disconnected: stay('disconnected'),
    deleting: stay('deleting'),
  },
  deleteHistory: {
    connected: fence('deleting'),
    needs_reconnect: fence('deleting'),
    disconnected: fence('deleting'),
    deleting: stay('deleting'),
  },
  historyDeleted: {
    connected: 'not_deleting',
    needs_reconnect: 'not_deleting',
    disconnected: 'not_deleting',
    deleting: move('disconnected'),
  },
};

/** The state after the event, or why it may not happen. The epoch never falls. */
export function transition(state: InboxState, event: InboxEvent): Transition {
  const rule = RULES[event][state.status];
  if (typeof rule === 'string') return { allowed: false, refusal: rule };
  const epoch = state.epoch + (rule.how === 'fence' ? 1 : 0);
  return { allowed: true, next: { status: rule.to, epoch }, changed: rule.how !== 'stay' };
}
