import { useState } from 'preact/hooks';
import { get } from './api.ts';
import type { Explained, Inbox } from './api-types.ts';
import { useResource, useTask } from './resource.ts';
import { Action, Failure, html, Notice } from './ui.ts';
import { fullTime, PROVIDERS } from './words.ts';

/** “Why isn’t this email here?”: the verdict and what to do about it (B3). */
export function Explain({ sender }: { sender: string }) {
  const { data } = useResource<{ inboxes: Inbox[] }>('/api/v1/inboxes');
  // Those that email comes into first; one whose history was deleted has no address any more.
  const inboxes = (data?.inboxes ?? []).toSorted(
    (a, b) => Number(b.status === 'connected') - Number(a.status === 'connected'),
  );
  if (inboxes.length === 0) return null;
  return html`<details class="card explain"><summary>Why isn’t an email here?</summary>
    <${Ask} inboxes=${inboxes} sender=${sender} /></details>`;
}

function Ask({ inboxes, sender }: { inboxes: Inbox[]; sender: string }) {
  const [inboxId, setInboxId] = useState(inboxes[0]?.id ?? '');
  const [from, setFrom] = useState(sender);
  const [date, setDate] = useState('');
  const [messageId, setMessageId] = useState('');
  const [answers, setAnswers] = useState<Explained['answers'] | null>(null);
  const byId = messageId.trim() !== '';
  const ask = useTask(async () => {
    setAnswers(null);
    const query = new URLSearchParams(byId ? { messageId } : { sender: from.trim(), date });
    const answer = await get<Explained>(`/api/v1/inboxes/${inboxId}/explain?${query}`);
    setAnswers(answer.answers);
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    void ask.run();
  };
  const typed = (set: (value: string) => void) => (event: Event) =>
    set((event.target as HTMLInputElement).value);
  return html`<form onSubmit=${submit}>
    <div class="row">
      <label class="field">Sender’s address<input type="email" required=${!byId} disabled=${byId} value=${from} onInput=${typed(setFrom)} /></label>
      <label class="field">The day it came<input type="date" required=${!byId} disabled=${byId} value=${date} onInput=${typed(setDate)} /></label>
      ${
        inboxes.length > 1 &&
        html`<label class="field">Inbox<select value=${inboxId} onChange=${typed(setInboxId)}>
        ${inboxes.map(({ id, address, provider }) => html`<option key=${id} value=${id}>${address ?? `${PROVIDERS[provider].name} inbox (history deleted)`}</option>`)}
      </select></label>`
      }
    </div>
    <label class="field">Or its Message-ID <span class="dim">(in your mailbox under “Show original” or “View message source”)</span>
      <input type="text" maxlength="998" value=${messageId} onInput=${typed(setMessageId)} /></label>
    <div class="row"><${Action} label="Find out" busyLabel="Looking …" busy=${ask.busy} /></div>
    ${ask.error && html`<${Failure} error=${ask.error} />`}
    ${answers?.map(
      (
        answer,
      ) => html`<${Notice} kind=${answer.outcome === 'stored' ? 'good' : 'info'} title=${answer.words}>
        ${answer.receivedAt && html`<p class="dim">It came ${fullTime(answer.receivedAt)}.</p>`}
        ${answer.contacts.length > 0 && html`<p>${answer.contacts.map(({ id, name }) => html`<a key=${id} href=${`#/contacts/${encodeURIComponent(id)}`}>Timeline of ${name || id}</a> `)}</p>`}
        <p>${answer.fix}</p></${Notice}>`,
    )}
  </form>`;
}
