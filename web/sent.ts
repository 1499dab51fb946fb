import { send } from './api.ts';
import type { Outgoing } from './api-types.ts';
import { dismiss, useOutbox } from './outbox.ts';
import { useTask } from './resource.ts';
import { Action, Failure, html, Notice } from './ui.ts';
import { fullTime } from './words.ts';

const TITLES: Record<Outgoing['state'], { kind: 'info' | 'good' | 'warn' | 'bad'; title: string }> =
  {
    queued: { kind: 'info', title: 'Waits to be sent.' },
    sending: { kind: 'info', title: 'Sending …' },
    sent: { kind: 'good', title: 'Sent.' },
    unknown: { kind: 'warn', title: 'We do not know whether this was sent.' },
    failed: { kind: 'bad', title: 'Not sent.' },
    cancelled: { kind: 'warn', title: 'Not sent.' },
  };

const FAILURES: Record<NonNullable<Outgoing['failure']>, string> = {
  refused:
    'Your mail provider refused it. Check the addresses and the attachments, then write it again.',
  permission_missing:
    'The permission to send is missing at your mail provider. Turn sending off and on again under Settings → Email.',
  access_lost:
    'Your mail provider no longer lets us in. Reconnect the inbox under Settings → Email, then write it again.',
  expired: 'Your mail provider did not take it for a whole day. Write it again.',
  sending_turned_off: 'Sending was turned off before it went.',
  inbox_not_connected: 'The inbox was disconnected before it went.',
};

/** What became of a message: its title, and what that means and asks for. */
export function outgoingWords(outgoing: Outgoing) {
  const { state, stateWords, failure, createdAt, nextAttemptAt } = outgoing;
  const { kind, title } = TITLES[state];
  if (nextAttemptAt !== null && nextAttemptAt > createdAt) {
    const words = `It could not go yet: your mail provider limits sending, or could not be reached. It is tried again on ${fullTime(nextAttemptAt)}.`;
    return { kind, title, words };
  }
  return { kind, title, words: state === 'unknown' || !failure ? stateWords : FAILURES[failure] };
}

/** What became of the messages written here. */
export function SentMessages({ place }: { place: string }) {
  return html`${useOutbox(place).map(({ subject, outgoing }) => {
    const { id, state, settledAt } = outgoing;
    const { kind, title, words } = outgoingWords(outgoing);
    return html`<${Notice} key=${id} kind=${kind} title=${title}>
      <p>${subject}</p>
      <p class="dim">${words}</p>
      ${state === 'queued' && html`<${Cancel} outgoing=${outgoing} />`}
      ${settledAt && html`<button type="button" class="link" onClick=${() => dismiss(place, id)}>Dismiss</button>`}
    </${Notice}>`;
  })}`;
}

/** What came of it is told by the notice, which follows its message. */
function Cancel({ outgoing: { id, inboxId } }: { outgoing: Outgoing }) {
  const cancel = useTask(() => send('DELETE', `/api/v1/inboxes/${inboxId}/outgoing/${id}`));
  return html`<${Action} label="Cancel this email" busyLabel="Cancelling …" busy=${cancel.busy} onClick=${() => cancel.run()} />
    ${cancel.error && html`<${Failure} error=${cancel.error} />`}`;
}
