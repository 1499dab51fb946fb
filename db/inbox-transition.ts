import {
  type InboxEvent,
  type InboxState,
  type Transition,
  transition,
} from '../domain/inbox-transitions.ts';
import { InboxDeletingError } from './errors.ts';

/**
 * The state an event leads to; the caller holds the inbox's lock and writes it.
 * @throws InboxDeletingError
 */
export const nextState = (
  inbox: InboxState & { id: string },
  event: InboxEvent,
): Extract<Transition, { allowed: true }> => {
  const decided = transition(inbox, event);
  if (decided.allowed) return decided;
  if (decided.refusal === 'deleting') throw new InboxDeletingError(inbox.id);
  throw new Error(`Inbox ${inbox.id} (${inbox.status}): ${event} is refused, ${decided.refusal}.`);
};
