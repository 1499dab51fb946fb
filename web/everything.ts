import { useState } from 'preact/hooks';
import { send } from './api.ts';
import type { EverythingDeletion, Inbox } from './api-types.ts';
import { DeleteDialog } from './delete-dialog.ts';
import { useVersion } from './live.ts';
import { useResource } from './resource.ts';
import { html, Notice } from './ui.ts';
import { fullTime, many } from './words.ts';

/** All inboxes at once: a copy to keep, and a deletion with one receipt. */
export function Everything({ inboxes, changed }: { inboxes: Inbox[]; changed: () => void }) {
  const [asking, setAsking] = useState(false);
  const { data, reload } = useResource<{ deletions: EverythingDeletion[] }>(
    '/api/v1/me/deletions',
    useVersion(),
  );
  const remove = async (confirm: string): Promise<void> => {
    await send('POST', '/api/v1/me/delete-history', { confirm });
    setAsking(false);
    reload();
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
    ${data?.deletions.map((one) => html`<${Receipt} key=${one.id} deletion=${one} anew=${inboxes.some(({ connectedAt }) => connectedAt > one.requestedAt)} />`)}
    ${
      asking &&
      html`<${DeleteDialog} title="Delete the email history of every inbox?" word="delete everything" remove=${remove} close=${() => setAsking(false)}>
      <ul>
        <li><strong>This cannot be undone</strong>, by us or by anybody.</li>
        <li>Everything synced from all your inboxes disappears from the timelines, and sync stops for all of them.</li>
        <li>The event endpoints (webhooks) that you registered, and connections that are not finished, are deleted as well.</li>
        <li>Your email at the providers and your CRM’s contacts are not touched.</li>
      </ul>
    </${DeleteDialog}>`
    }
  </section>`;
}

/**
 * Counts and times, no content (B8).
 * @param anew an inbox was connected since, and has email on timelines
 */
function Receipt({ deletion, anew }: { deletion: EverythingDeletion; anew: boolean }) {
  const { requestedAt, finishedAt, inboxes, messagesDeleted, verdictsDeleted } = deletion;
  const finished = finishedAt !== null;
  const past = anew
    ? `Everything of yours before ${fullTime(requestedAt)} was deleted.`
    : 'Everything of yours was deleted.';
  const kind = anew ? 'info' : 'good';
  return html`<${Notice} kind=${finished ? kind : 'warn'} title=${finished ? past : 'Everything is being deleted.'}>
    <p>Asked for ${fullTime(requestedAt)}${finished ? `, finished ${fullTime(finishedAt)}` : ''}:${' '}
      ${many(inboxes, 'inbox', 'inboxes')}, ${many(messagesDeleted, 'email')} and ${many(verdictsDeleted, 'other note')} removed.</p></${Notice}>`;
}
