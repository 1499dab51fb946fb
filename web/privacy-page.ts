import { useState } from 'preact/hooks';
import { send } from './api.ts';
import type { Deletion, Inbox, InboxDetail } from './api-types.ts';
import { DeleteDialog } from './delete-dialog.ts';
import { Everything } from './everything.ts';
import { useVersion } from './live.ts';
import { useResource } from './resource.ts';
import { keptWords } from './scope-words.ts';
import { Failure, html, Loading, Notice, Page } from './ui.ts';
import { fullTime, number, PROVIDERS } from './words.ts';

/** Settings → Privacy: delete what was synced, and prove it. */
export function PrivacyPage() {
  const version = useVersion();
  const { data, error, reload } = useResource<{ inboxes: Inbox[] }>('/api/v1/inboxes', version);
  return html`<${Page} title="Privacy">
    <p class="lead">What was synced belongs to you. Here you take it with you, or remove it.</p>
    ${error && html`<${Failure} error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Loading} what="your inboxes" />`}
    ${
      data?.inboxes.length === 0 &&
      html`<p>No inbox was ever connected, so there is nothing to delete. <a href="#/settings/email">Connect one</a>.</p>`
    }
    ${data && data.inboxes.length > 0 && html`<${Everything} inboxes=${data.inboxes} changed=${reload} />`}
    ${data?.inboxes.map((inbox) => html`<${History} key=${inbox.id} inbox=${inbox} changed=${reload} />`)}
  </${Page}>`;
}

function History({ inbox, changed }: { inbox: Inbox; changed: () => void }) {
  const [asking, setAsking] = useState(false);
  const version = useVersion(inbox.id);
  const detail = useResource<InboxDetail>(`/api/v1/inboxes/${inbox.id}`, version);
  const name = inbox.address ?? `${PROVIDERS[inbox.provider].name} inbox`;
  const { historyDeletedAt, connectedAt } = inbox;
  // Connected anew after a deletion, it has a history again.
  const deleted = historyDeletedAt !== null && connectedAt < historyDeletedAt;
  const anew = historyDeletedAt !== null && !deleted;
  const deletable = inbox.status !== 'deleting' && !deleted;
  const stored = detail.data?.touched.stored;
  const remove = async (confirm: string): Promise<void> => {
    await send('POST', `/api/v1/inboxes/${inbox.id}/delete-history`, { confirm });
    setAsking(false);
    detail.reload();
    changed();
  };
  return html`<section class="card" aria-labelledby=${`history-${inbox.id}`}>
    <h2 id=${`history-${inbox.id}`}>${name}</h2>
    ${
      deletable &&
      html`${inbox.address === null && html`<p>${inbox.statusWords}</p>`}
      <p>${stored === undefined ? '' : `${number(stored)} ${stored === 1 ? 'email of it is' : 'emails of it are'} on timelines.`}</p>
      <div class="row"><button type="button" class="danger" onClick=${() => setAsking(true)}>Delete email history …</button></div>`
    }
    ${detail.data?.deletions.map((one) => html`<${DeletionReceipt} key=${one.id} inbox=${inbox} deletion=${one} anew=${anew} />`)}
    ${
      asking &&
      html`<${DeleteDialog} title=${`Delete the email history of ${name}?`} word="delete" remove=${remove} close=${() => setAsking(false)}>
      <ul>
        <li><strong>This cannot be undone</strong>, by us or by anybody.</li>
        <li>Everything synced from this inbox disappears from the timelines, and sync stops.</li>
        <li>The key is destroyed first, so that nothing can be read any more; then the rows are removed.</li>
        <li>Your email at ${PROVIDERS[inbox.provider].name} and your CRM’s contacts are not touched.</li>
      </ul>
    </${DeleteDialog}>`
    }
  </section>`;
}

interface ReceiptProps {
  inbox: Inbox;
  deletion: Deletion;
  /** The inbox was connected again since, and has email on timelines. */
  anew: boolean;
}

/** Counts and times, no content (B8). */
function DeletionReceipt({ inbox, deletion, anew }: ReceiptProps) {
  const { state, requestedAt, keyDestroyedAt, finishedAt, messagesDeleted, verdictsDeleted } =
    deletion;
  const running = state === 'running';
  const past = anew
    ? `The email history before ${fullTime(requestedAt)} was deleted.`
    : 'The email history is deleted.';
  const kind = anew ? 'info' : 'good';
  return html`<${Notice} kind=${running ? 'warn' : kind} title=${running ? 'The email history is being deleted.' : past}>
    ${running && html`<progress aria-label="Deleting"></progress>`}
    <dl class="figures">
      <div><dt>asked for</dt><dd>${fullTime(requestedAt)}</dd></div>
      <div><dt>key destroyed: nothing can be read from then on</dt><dd>${keyDestroyedAt ? fullTime(keyDestroyedAt) : 'not yet'}</dd></div>
      <div><dt>emails removed</dt><dd>${number(messagesDeleted)}</dd></div>
      <div><dt>other notes removed</dt><dd>${number(verdictsDeleted)}</dd></div>
      <div><dt>finished</dt><dd>${finishedAt ? fullTime(finishedAt) : 'not yet'}</dd></div>
    </dl>
    <p class="dim">This receipt is kept; it holds no content. ${finishedAt && !anew && `You can reconnect the inbox under Settings → Email: it begins anew, and ${keptWords(inbox)}.`}</p>
  </${Notice}>`;
}
