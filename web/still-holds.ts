import type { Inbox } from './api-types.ts';
import type { Outcome } from './outcomes.ts';

/** Whether what a consent came to may still be said above a card that shows the inbox like this. */
export function stillHolds(
  { code, kind }: { code: Outcome; kind: 'good' | 'warn' },
  inbox: Inbox,
): boolean {
  if (kind !== 'good') return true;
  if (inbox.status !== 'connected' || inbox.problem) return false;
  if (code === 'connected_unchosen') return inbox.scope.kind === 'unchosen';
  if (code === 'sending_on') return inbox.sending;
  return code !== 'reconnected_sending_off' || !inbox.sending;
}
