import { useState } from 'preact/hooks';
import type { Inbox, TimelineItem } from './api-types.ts';
import { hasDraft } from './drafts.ts';
import { MessageBody } from './message-body.ts';
import { useResource } from './resource.ts';
import { Share } from './share.ts';
import { Failure, html, Loading } from './ui.ts';
import { fullTime, many, PROVIDERS, shortTime } from './words.ts';
import { ReplyTo, replyPlace } from './write.ts';

interface Props {
  message: TimelineItem;
  /** The user's own, which may answer. */
  inboxes: readonly Inbox[];
  inThread?: boolean;
}

/** Of the line that opens the email. */
export const lineId = ({ id }: TimelineItem): string => `line-${id}`;

/** One email of a timeline: a line that opens into the email. */
export function MessageItem({ message, inboxes, inThread = false }: Props) {
  const [open, setOpen] = useState(false);
  const [thread, setThread] = useState(false);
  const { id, direction, subject, snippet, receivedAt, hasAttachments, unreadable } = message;
  const inbound = direction === 'inbound';
  const mine = !inbound && message.sharedBy === null;
  if (unreadable) {
    return html`<li class="message"><p class="dim">An email of ${fullTime(receivedAt)} cannot be opened any more.
      Nothing else is affected; your operator can look into it.</p></li>`;
  }
  return html`<li class="message ${direction}">
    <button type="button" class="line" id=${lineId(message)} aria-expanded=${open} aria-controls=${`message-${id}`} onClick=${() => setOpen(!open)}>
      <span class="arrow" aria-hidden="true">${inbound ? '↓' : '↑'}</span>
      <span class="who">${mine ? 'You' : from(message)}<span class="visually-hidden">${inbound ? ' wrote' : ' wrote to this contact'}</span></span>
      <span class="subject">${subject || '(no subject)'}<span class="snippet"> ${open ? '' : snippet}</span></span>
      ${marksOf(message, inboxes).map((mark) => html`<span class="mark" key=${mark}>${mark}</span>`)}
      <span class="when">${hasAttachments && html`<${Paperclip} />`}
        <time datetime=${receivedAt} title=${fullTime(receivedAt)}>${shortTime(receivedAt)}</time></span>
    </button>
    <div id=${`message-${id}`} hidden=${!open}>
      ${open && html`<${MessageBody} id=${id} />`}
      ${open && html`<${ReplyTo} message=${message} inboxes=${inboxes} />`}
      ${
        open &&
        !inThread &&
        html`<button type="button" class="link" aria-expanded=${thread} onClick=${() => setThread(!thread)}>
        ${thread ? 'Hide the thread' : 'Show the whole thread'}</button>`
      }
      ${open && !inThread && html`<${Share} message=${message} />`}
      ${open && thread && html`<${Thread} message=${message} inboxes=${inboxes} />`}
    </div>
  </li>`;
}

/** What tells this email from its like: a draft, whose it is, and which of several inboxes it lies in. */
function marksOf({ id, inboxId, sharedBy }: TimelineItem, inboxes: readonly Inbox[]): string[] {
  const inbox = inboxes.find((one) => one.id === inboxId);
  const alike = inboxes.filter(({ provider }) => provider === inbox?.provider).length > 1;
  return [
    hasDraft(replyPlace(id)) && 'Draft',
    sharedBy !== null && `Shared by ${sharedBy}`,
    inbox && inboxes.length > 1 && (alike ? inbox.address : PROVIDERS[inbox.provider].name),
  ].filter((mark) => typeof mark === 'string');
}

const Paperclip =
  () => html`<svg class="clip" viewBox="0 0 16 16" role="img" aria-label="with attachments">
  <path d="M10.5 4v6.5a2.5 2.5 0 0 1-5 0v-7a1.7 1.7 0 0 1 3.4 0V10a.8.8 0 0 1-1.6 0V4.5" fill="none" stroke="currentColor" stroke-width="1.3" stroke-linecap="round" /></svg>`;

function from({ participants }: TimelineItem): string {
  const sender = participants.find(({ role }) => role === 'from');
  return sender?.name || sender?.address || 'Unknown sender';
}

/** What is on timelines of one thread, oldest first. */
function Thread({ message: { inboxId, threadId }, inboxes }: Props) {
  const { data, error, reload } = useResource<{ messages: TimelineItem[] }>(
    `/api/v1/threads/${inboxId}/${encodeURIComponent(threadId)}`,
  );
  if (error) return html`<${Failure} error=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} what="the thread" />`;
  return html`<section class="thread" aria-label="Thread">
    <p class="dim">${many(data.messages.length, 'email')} of this thread on timelines, oldest first</p>
    <ol class="timeline">${data.messages.map(
      (message) =>
        html`<${MessageItem} key=${message.id} message=${message} inboxes=${inboxes} inThread=${true} />`,
    )}</ol>
  </section>`;
}
