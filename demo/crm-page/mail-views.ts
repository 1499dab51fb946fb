import type { Contact, MailItem, Message, Timeline } from './api-shapes.ts';
import { count, size, time } from './format.ts';
import { notice, writeForm } from './home-view.ts';
import { type Html, html, type Part } from './html.ts';
import type { Page } from './layout.ts';

/** What became of a mail that the contact was made to send. */
export interface Sent {
  /** Ms until it was on the timeline; null when it did not get there. */
  arrivedAfter: number | null;
}

export function timelinePage(
  contact: Contact,
  { messages, nextCursor }: Timeline,
  sent: Sent | null,
): Page {
  const name = contact.name || contact.id;
  const path = `/contacts/${encodeURIComponent(contact.id)}`;
  const body = html`<p><a href="/">← Inbox and contacts</a></p>
<h1>${name}</h1>
<p class="dim">${contact.addresses.join(', ')}</p>
${sent && sentNotice(sent)}
<section class="card" aria-labelledby="timeline"><h2 id="timeline">Email with Maya</h2>
${messages.length === 0 ? html`<p>No email here.</p>` : mailList(messages, contact.id, sent)}
${nextCursor && html`<p><a href="${path}?cursor=${encodeURIComponent(nextCursor)}">Older email</a></p>`}
</section>
${writeForm([contact])}`;
  return { title: name, body };
}

function sentNotice({ arrivedAfter }: Sent): Html {
  return arrivedAfter === null
    ? notice({
        title: 'The mail is in Maya’s Gmail, but not here',
        words:
          'New email comes in while the inbox is connected. Connect it again, and this is caught up.',
        good: false,
      })
    : notice({
        title: 'The mail is here',
        words: `It was on the timeline ${(arrivedAfter / 1_000).toFixed(2)} seconds after it reached Gmail.`,
        good: true,
      });
}

export function threadPage(messages: MailItem[], contact: string | null): Page {
  const body = html`${backLink(contact)}
<h1 dir="auto">${subjectOf(messages[0])}</h1>
<section class="card" aria-labelledby="thread"><h2 id="thread">Thread, oldest first</h2>
<ol class="plain">${messages.map((item) => mailRow(item, contact, null))}</ol></section>`;
  return { title: 'Thread', body };
}

/** The timeline, where each thread of several mails has a page of its own. */
function mailList(messages: MailItem[], contact: string, sent: Sent | null): Html {
  const threads = Map.groupBy(messages, ({ threadId }) => threadId);
  const back = `?contact=${encodeURIComponent(contact)}`;
  return html`<ol class="plain">${messages.map((item, index) => {
    const fresh = index === 0 && typeof sent?.arrivedAfter === 'number';
    const alone = threads.get(item.threadId)?.length === 1;
    const path = `/threads/${encodeURIComponent(item.inboxId)}/${encodeURIComponent(item.threadId)}`;
    return mailRow(item, contact, !alone && html`<a href="${path}${back}">Whole thread</a>`, fresh);
  })}</ol>`;
}

function mailRow(item: MailItem, contact: string | null, thread: Part, fresh = false): Html {
  const back = contact === null ? '' : `?contact=${encodeURIComponent(contact)}`;
  return html`<li class="mail${fresh && ' fresh'}">
<div class="top dim small"><span>${item.direction === 'inbound' ? '← Received' : '→ Sent'}</span>
${time(item.receivedAt)}</div>
<div class="subject" dir="auto"><a href="/messages/${item.id}${back}">${subjectOf(item)}</a></div>
<div class="dim" dir="auto">${item.snippet}</div>
<div class="small">${item.hasAttachments && html`<span>📎 With attachments</span> `}
${thread}</div>
</li>`;
}

function subjectOf(item: MailItem | undefined): string {
  if (item?.unreadable) return '(cannot be opened: the stored copy is damaged)';
  return item?.subject || '(no subject)';
}

function backLink(contact: string | null): Html {
  return contact === null
    ? html`<p><a href="/">← Inbox and contacts</a></p>`
    : html`<p><a href="/contacts/${encodeURIComponent(contact)}">← Timeline</a></p>`;
}

const PEOPLE = [
  ['from', 'From'],
  ['to', 'To'],
  ['cc', 'Cc'],
  ['bcc', 'Bcc'],
] as const;

export function messagePage(message: Message, contact: string | null): Page {
  const attached = message.attachments.filter(({ inline }) => !inline);
  const body = html`${backLink(contact)}
<h1 dir="auto">${subjectOf(message)}</h1>
<section class="card" aria-label="Message"><dl class="head">
${PEOPLE.map(([role, label]) => people(message, role, label))}
<dt>${message.direction === 'inbound' ? 'Received' : 'Sent'}</dt><dd>${time(message.receivedAt)}</dd>
</dl></section>
<section class="card" aria-label="Text">${content(message)}</section>
${attached.length > 0 && attachments(attached)}`;
  return { title: subjectOf(message), body, mailStyles: true };
}

function people(message: Message, role: string, label: string): Html | null {
  const all = message.participants.filter((one) => one.role === role);
  if (all.length === 0) return null;
  const names = all.map(({ name, address }) => (name ? `${name} <${address}>` : address));
  return html`<dt>${label}</dt><dd><bdi>${names.join(', ')}</bdi></dd>`;
}

function attachments(all: Message['attachments']): Html {
  return html`<section class="card" aria-labelledby="attached"><h2 id="attached">Attachments</h2>
<ul class="plain">${all.map(
    ({ url, filename, mimeType, sizeBytes }) =>
      html`<li><a href="${url}">${filename || 'attachment'}</a>
<span class="dim small">${mimeType}, ${size(sizeBytes)}</span></li>`,
  )}</ul><p class="dim small">Fetched from Gmail when you click: no copy is kept.</p></section>`;
}

/** In a frame that may run nothing, load nothing from elsewhere, and go nowhere. */
function content({ html: markup, text, remoteImages, htmlTruncated }: Message): Html {
  if (markup === null) return html`<pre class="text" dir="auto">${text || '(empty)'}</pre>`;
  const framed = `<!doctype html><meta charset="utf-8"><body style="font:16px/1.5 system-ui,sans-serif">${markup}`;
  return html`<iframe sandbox="" title="The message as it was sent" srcdoc="${framed}"></iframe>
<p class="dim small">Shown in a sandbox: nothing runs, and links do not open.
${remoteImages > 0 && html`${count(remoteImages)} remote image(s) are not loaded: they would tell the sender.`}
${htmlTruncated && 'The message is longer than shown.'}</p>`;
}
