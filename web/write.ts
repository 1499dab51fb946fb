import { useRef, useState } from 'preact/hooks';
import type { Inbox, TimelineItem } from './api-types.ts';
import { Compose } from './compose.ts';
import { hasDraft } from './drafts.ts';
import { SentMessages } from './sent.ts';
import { html } from './ui.ts';
import { PROVIDERS } from './words.ts';

const canSend = ({ status, sending }: Inbox): boolean => status === 'connected' && sending;

/** A new email to a contact. */
export function WriteTo({
  contactId,
  address,
  inboxes,
}: {
  contactId: string;
  address: string;
  inboxes: readonly Inbox[];
}) {
  const place = `contact ${contactId}`;
  const { writing, opener, write, close } = useWriting(place);
  const connected = inboxes.filter(({ status }) => status === 'connected');
  const senders = inboxes.filter(canSend);
  return html`<section aria-label="Write">
    ${senders.length === 0 && (connected.length > 0 ? html`<${SendingIsOff} inboxes=${connected} />` : html`<${NotConnected} />`)}
    ${
      senders.length > 0 &&
      html`<button type="button" ref=${opener} aria-expanded=${writing} onClick=${write}>Write an email</button>`
    }
    ${writing && html`<${Compose} inboxes=${senders} to=${address} place=${place} close=${close} />`}
    <${SentMessages} place=${place} />
  </section>`;
}

/** An answer to one email, from the inbox it came to. A teammate's email is theirs to answer. */
export function ReplyTo({
  message,
  inboxes,
}: {
  message: TimelineItem;
  inboxes: readonly Inbox[];
}) {
  const place = replyPlace(message.id);
  const { writing, opener, write, close } = useWriting(place);
  const inbox = inboxes.find(({ id }) => id === message.inboxId);
  if (message.sharedBy !== null || !inbox) return null;
  if (inbox.status !== 'connected') return html`<${NotConnected} />`;
  if (!inbox.sending) return html`<${SendingIsOff} inboxes=${[inbox]} />`;
  const subject = message.subject ?? '';
  const answers = { id: message.id, subject: /^re:/i.test(subject) ? subject : `Re: ${subject}` };
  return html`
    <button type="button" ref=${opener} aria-expanded=${writing} onClick=${write}>Reply</button>
    ${
      writing &&
      html`<${Compose} inboxes=${[inbox]} to=${addressees(message)} answers=${answers} place=${place} close=${close} />`
    }
    <${SentMessages} place=${place} />`;
}

/** Of each inbox it may be turned on for, a link to its box. */
function SendingIsOff({ inboxes }: { inboxes: readonly Inbox[] }) {
  const links = inboxes.map(
    ({ id, address, provider }) =>
      html`<a key=${id} href=${`#/settings/email/${id}`}>${address ?? `your ${PROVIDERS[provider].name} inbox`}</a>`,
  );
  return html`<p class="dim">To write from here, turn on Send from Sambandh for ${links.flatMap((link, i) => (i === 0 ? [link] : [' or ', link]))}.</p>`;
}

const NotConnected = () =>
  html`<p class="dim">To write from here, connect the inbox and turn on Send from Sambandh under <a href="#/settings/email">Settings → Email</a>.</p>`;

/** Where the answer to a message is written. */
export const replyPlace = (messageId: string): string => `message ${messageId}`;

/** Whether a message is being written; afterwards the focus goes back to what opened it. */
function useWriting(place: string) {
  const [writing, setWriting] = useState(() => hasDraft(place));
  const opener = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    setWriting(false);
    opener.current?.focus();
  };
  return { writing, opener, write: () => setWriting(true), close };
}

/** Who is answered, to be changed as one likes: whoever wrote it, or who one's own email went to. */
function addressees({ participants, direction }: TimelineItem): string {
  const by = (role: string): string =>
    participants
      .filter((one) => one.role === role && one.address.includes('@'))
      .map(({ address }) => address)
      .join(', ');
  if (direction === 'outbound') return by('to');
  return by('reply-to') || by('from');
}
