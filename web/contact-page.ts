import { useState } from 'preact/hooks';
import type { Contact, Inbox, TimelineItem } from './api-types.ts';
import { Explain } from './explain.ts';
import { useVersion } from './live.ts';
import { MessageItem } from './message-item.ts';
import { useResource } from './resource.ts';
import { Failure, html, Loading, Page } from './ui.ts';
import { WriteTo } from './write.ts';

interface TimelinePage {
  messages: TimelineItem[];
  nextCursor: string | null;
}

/** A contact's timeline. New email comes onto it while it is open. */
export function ContactPage({ id }: { id: string }) {
  const path = `/api/v1/contacts/${encodeURIComponent(id)}`;
  const contact = useResource<Contact>(path);
  const mine = useResource<{ inboxes: Inbox[] }>('/api/v1/inboxes', useVersion());
  const inboxes = mine.data?.inboxes;
  const [cursors, setCursors] = useState(['']);
  if (contact.error) {
    return html`<${Page} title="Contact"><${Failure} error=${contact.error} /><${Back} /></${Page}>`;
  }
  if (!contact.data)
    return html`<${Page} title="Contact"><${Loading} what="the contact" /></${Page}>`;
  const { name, addresses } = contact.data;
  return html`<${Page} title=${name || id}>
    <${Back} />
    <p class="dim">${addresses.join(', ') || 'This contact has no address, so no email can be found for it.'}</p>
    ${inboxes && addresses[0] && html`<${WriteTo} contactId=${id} address=${addresses[0]} inboxes=${inboxes} />`}
    <h2>Timeline</h2>
    ${cursors.map(
      (
        cursor,
        i,
      ) => html`<${Timeline} key=${cursor} path=${path} cursor=${cursor} last=${i === cursors.length - 1} inboxes=${inboxes ?? []}
      more=${(next: string) => setCursors([...cursors, next])} />`,
    )}
    <${Explain} sender=${addresses[0] ?? ''} />
  </${Page}>`;
}

const Back = () => html`<p><a href="#/contacts">← All contacts</a></p>`;

interface TimelineProps {
  path: string;
  cursor: string;
  inboxes: readonly Inbox[];
  last: boolean;
  more: (cursor: string) => void;
}

function Timeline({ path, cursor, inboxes, last, more }: TimelineProps) {
  // Only the first page gets new email; those below show what is older than it.
  const version = useVersion();
  const { data, error, reload } = useResource<TimelinePage>(
    `${path}/timeline?limit=50${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    cursor ? '' : version,
  );
  if (error) return html`<${Failure} error=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} what="the timeline" />`;
  if (data.messages.length === 0) return html`<${Empty} inboxes=${inboxes} />`;
  return html`<ol class="timeline" aria-label="Emails, newest first">
      ${data.messages.map((message) => html`<${MessageItem} key=${message.id} message=${message} inboxes=${inboxes} />`)}
    </ol>
    ${last && data.nextCursor && html`<button type="button" onClick=${() => more(data.nextCursor as string)}>Show older email</button>`}`;
}

/** Why there is nothing, and what to do. */
function Empty({ inboxes }: { inboxes: readonly Inbox[] }) {
  const connected = inboxes.some(({ status }) => status === 'connected');
  if (connected) {
    return html`<p>No email with this contact yet. If your inbox was connected just now, it may still be on its way:${' '}
      <a href="#/settings/email">Settings → Email</a> shows how far it is.</p>`;
  }
  return html`<p>No inbox is connected, so nothing comes in. <a href="#/settings/email">Connect your inbox</a>.</p>`;
}
