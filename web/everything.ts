import { useState } from 'preact/hooks';
import { send } from './api.ts';
import type { EverythingDeletion } from './api-types.ts';
import { DeleteDialog } from './delete-dialog.ts';
import { useVersion } from './live.ts';
import { useResource } from './resource.ts';
import { html, Notice } from './ui.ts';
import { fullTime, many, number } from './words.ts';

/** All inboxes at once: a copy to keep, and a deletion with one receipt. */
export function Everything({ changed }: { changed: () => void }) {
  const [asking, setAsking] = useState(false);
  const [deletionId, setDeletionId] = useState<string | null>(null);
  const remove = async (confirm: string): Promise<void> => {
    const { deletionId: id } = await send<{ deletionId: string }>(
      'POST',
      '/api/v1/me/delete-history',
      { confirm },
    );
    setDeletionId(id);
    setAsking(false);
    changed();
  };
  return html`<section class="card" aria-labelledby="everything">
    <h2 id="everything">Everything of yours</h2>
    <p>The download holds all that is kept of you: emails, receipts, what you share, and who looked at what.
      Attachments are in your mailbox, not here.</p>
    <div class="row">
      <a class="button" href="/api/v1/me/export" download>Download everything</a>
      <button type="button" class="danger" onClick=${() => setAsking(true)}>Delete everything …</button>
    </div>
    ${deletionId && html`<${Receipt} id=${deletionId} />`}
    ${
      asking &&
      html`<${DeleteDialog} title="Delete the email history of every inbox?" word="delete everything" remove=${remove} close=${() => setAsking(false)}>
      <ul>
        <li><strong>This cannot be undone</strong>, by us or by anybody.</li>
        <li>Everything synced from all your inboxes disappears from the timelines, and sync stops for all of them.</li>
        <li>Your email at the providers and your CRM’s contacts are not touched.</li>
      </ul>
    </${DeleteDialog}>`
    }
  </section>`;
}

function Receipt({ id }: { id: string }) {
  const { data } = useResource<EverythingDeletion>(`/api/v1/me/deletions/${id}`, useVersion());
  if (!data) return null;
  const finished = data.finishedAt !== null;
  return html`<${Notice} kind=${finished ? 'good' : 'warn'} title=${finished ? 'Everything is deleted.' : 'Everything is being deleted.'}>
    <p>${many(data.inboxes, 'inbox', 'inboxes')}, ${many(data.messagesDeleted, 'email')} and ${number(data.verdictsDeleted)} other notes removed${
      data.finishedAt && ` by ${fullTime(data.finishedAt)}`
    }.</p></${Notice}>`;
}
