import type { Contact, Inbox } from './api-types.ts';
import { Explain } from './explain.ts';
import { useVersion } from './live.ts';
import { lineId, MessageItem } from './message-item.ts';
import { useResource, useTask } from './resource.ts';
import { useTimeline } from './timeline.ts';
import { Action, Failure, html, Loading, Page } from './ui.ts';
import { WriteTo } from './write.ts';

/** A contact's timeline. New email comes onto it while it is open. */
export function ContactPage({ id }: { id: string }) {
  const path = `/api/v1/contacts/${encodeURIComponent(id)}`;
  const contact = useResource<Contact>(path);
  const mine = useResource<{ inboxes: Inbox[] }>('/api/v1/inboxes', useVersion());
  const inboxes = mine.data?.inboxes;
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
    <${Timeline} path=${path} inboxes=${inboxes ?? []} />
    <${Explain} sender=${addresses[0] ?? ''} />
  </${Page}>`;
}

const Back = () => html`<p><a href="#/contacts">← All contacts</a></p>`;

interface TimelineProps {
  path: string;
  inboxes: readonly Inbox[];
}

function Timeline({ path, inboxes }: TimelineProps) {
  const { shown, error, reload, showOlder } = useTimeline(path, useVersion());
  const older = useTask(async () => {
    const first = await showOlder();
    // Once it is drawn.
    requestAnimationFrame(() => first && document.getElementById(lineId(first))?.focus());
  });
  if (!shown) {
    return error
      ? html`<${Failure} error=${error} retry=${reload} />`
      : html`<${Loading} what="the timeline" />`;
  }
  if (shown.items.length === 0) return html`<${Empty} inboxes=${inboxes} />`;
  return html`<ol class="timeline" aria-label="Emails, newest first">
      ${shown.items.map((message) => html`<${MessageItem} key=${message.id} message=${message} inboxes=${inboxes} />`)}
    </ol>
    ${error && html`<${Failure} error=${error} retry=${reload} />`}
    ${shown.more && html`<${Action} label="Show older email" busyLabel="Loading …" busy=${older.busy} onClick=${() => older.run()} />`}`;
}

/** Why there is nothing, and what to do. */
function Empty({ inboxes }: { inboxes: readonly Inbox[] }) {
  const connected = inboxes.filter(({ status }) => status === 'connected');
  if (connected.length > 0 && connected.every(({ scope }) => scope.kind === 'unchosen')) {
    return html`<p>Your inbox is connected, but nothing of it is read until you choose what shall be synced, under${' '}
      <a href="#/settings/email">Settings → Email</a>.</p>`;
  }
  if (connected.length > 0) {
    return html`<p>No email with this contact yet. If your inbox was connected just now, it may still be on its way:${' '}
      <a href="#/settings/email">Settings → Email</a> shows how far it is.</p>`;
  }
  return html`<p>No inbox is connected, so nothing comes in. <a href="#/settings/email">Connect your inbox</a>.</p>`;
}
