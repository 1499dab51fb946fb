import { useState } from 'preact/hooks';
import { send } from './api.ts';
import type { Share as ShareView, TimelineItem } from './api-types.ts';
import { useResource, useTask } from './resource.ts';
import { Action, Failure, html, Loading } from './ui.ts';
import { fullTime } from './words.ts';

/** Whether the team sees this thread: its owner alone decides, and sees who has opened it. */
export function Share({ message }: { message: TimelineItem }) {
  const [open, setOpen] = useState(false);
  // The timeline may have been read before this was changed here.
  const [shared, setShared] = useState(message.shared);
  if (message.sharedBy !== null) {
    return html`<p class="dim">Shared with the team by ${message.sharedBy}.</p>`;
  }
  return html`<button type="button" class="link" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      ${shared ? 'Shared with the team' : 'Share with the team'}</button>
    ${open && html`<${Sharing} message=${message} told=${setShared} />`}`;
}

interface SharingProps {
  message: TimelineItem;
  told: (shared: boolean) => void;
}

function Sharing({ message, told }: SharingProps) {
  const path = `/api/v1/threads/${message.inboxId}/${encodeURIComponent(message.threadId)}/share`;
  const { data, error, reload } = useResource<ShareView>(path);
  const change = useTask(async (shared: boolean) => {
    await send(shared ? 'PUT' : 'DELETE', path);
    told(shared);
    reload();
  });
  if (error) return html`<${Failure} error=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} what="who sees this thread" />`;
  return html`<div class="notice" role="status">
    <strong>${data.shared ? 'The team sees this thread.' : 'Only you see this thread.'}</strong>
    <p>${data.audience.words}</p>
    ${
      data.openedBy.length > 0 &&
      html`<p>Opened by ${data.openedBy.map(({ userId, lastAt }) => `${userId} (${fullTime(lastAt)})`).join(', ')}.</p>`
    }
    <${Action} label=${data.shared ? 'Stop sharing' : 'Share this thread'} busyLabel="Saving …"
      kind=${data.shared ? 'plain' : 'primary'} busy=${change.busy} onClick=${() => change.run(!data.shared)} />
    ${change.error && html`<${Failure} error=${change.error} />`}
  </div>`;
}
