import type { Inbox, RunningBackfill } from './api-types.ts';
import { CATCHES_UP, type Outcome } from './outcomes.ts';

interface Ended {
  code: Outcome;
  kind: 'good' | 'warn';
}

/**
 * What a consent came to is said above a card until the inbox is otherwise, and not again after that.
 * @param first how the card showed the inbox at first
 * @returns whether it may be said above a card that shows the inbox like this
 */
export function untilOtherwise(told: Ended, first: Inbox): (shown: Inbox) => boolean {
  let holds = true;
  return (shown) => {
    holds &&= stillHolds(told, shown, first);
    return holds;
  };
}

function stillHolds({ code, kind }: Ended, inbox: Inbox, first: Inbox): boolean {
  if (kind !== 'good') return true;
  if (inbox.status !== 'connected' || inbox.problem) return false;
  if (code === 'connected_unchosen') return inbox.scope.kind === 'unchosen';
  if (code === 'sending_on') return inbox.sending;
  if (code === 'already_connected') return choicesOf(inbox) === choicesOf(first);
  return code !== 'reconnected_sending_off' || !inbox.sending;
}

const choicesOf = ({ scope, sending, epoch }: Inbox): string =>
  JSON.stringify([scope, sending, epoch]);

/**
 * Of what a consent came to, what is so still: the import and the catch-up are told of as they run.
 * @param running what the inbox brings in now; none as long as that is not known
 */
export function wordsNow(
  { code, words }: { code: Outcome; words: string },
  running: Pick<RunningBackfill, 'kind'>[],
): string {
  const runs = (kind: RunningBackfill['kind']): boolean => running.some((one) => one.kind === kind);
  // That nothing is chosen is said below it, where one chooses.
  if (code === 'connected_unchosen') return '';
  if (code === 'connected') return runs('initial') ? words : '';
  return runs('gap') ? words : words.replace(CATCHES_UP, '').trim();
}
