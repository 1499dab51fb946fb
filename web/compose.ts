import { useEffect, useRef } from 'preact/hooks';
import { ApiProblem, send } from './api.ts';
import type { Inbox, Outgoing } from './api-types.ts';
import { type Draft, forgetDraft, hasDraft, useDraft } from './drafts.ts';
import { follow } from './outbox.ts';
import { useTask } from './resource.ts';
import { Action, Failure, html } from './ui.ts';
import { PROVIDERS, size } from './words.ts';

interface Props {
  /** The inboxes it may go from; an answer goes from the one that it answers in. */
  inboxes: readonly Inbox[];
  to: string;
  /** Of a message that is answered: its id, and the subject its thread goes on under. */
  answers?: { id: string; subject: string };
  /** Where what becomes of it is shown. */
  place: string;
  close: () => void;
}

/** A message being written. */
export function Compose({ inboxes, to, answers, place, close }: Props) {
  const [draft, change] = useDraft(place, () => ({
    ...{ inboxId: inboxes[0]?.id ?? '', to, cc: '', subject: '', text: '', files: [] },
    ...{ key: newKey(), mayHaveArrived: false },
  }));
  const first = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // One that is gone on with was opened by its page, which says what is read out first.
    if (!hasDraft(place)) first.current?.focus();
  }, []);
  const { inboxId, mayHaveArrived } = draft;
  const inbox = inboxes.find(({ id }) => id === inboxId);
  const { name, maxAttachmentBytes } = PROVIDERS[inbox?.provider ?? 'gmail'];
  const total = draft.files.reduce((sum, { size: bytes }) => sum + bytes, 0);
  const tooLarge = total > maxAttachmentBytes;
  const done = (): void => {
    forgetDraft(place);
    close();
  };
  const handOver = useTask(async () => {
    const outgoing = await handOverOnce(draft, answers).catch((error) => {
      change({ mayHaveArrived: isUncertain(error, draft.mayHaveArrived) });
      throw error;
    });
    follow(place, { subject: answers?.subject ?? draft.subject, outgoing });
    done();
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    void handOver.run();
  };
  const typed = (field: 'to' | 'cc' | 'subject' | 'text') => (event: Event) =>
    change({ [field]: (event.target as HTMLInputElement).value });
  const attached = (event: Event) =>
    change({ files: [...((event.target as HTMLInputElement).files ?? [])] });
  return html`<form class="compose" aria-label=${answers ? 'Reply' : 'New email'} onSubmit=${submit}>
    <fieldset disabled=${handOver.busy || mayHaveArrived}>
      ${(inboxes.length > 1 || !inbox) && html`<${From} inboxes=${inboxes} chosen=${inboxId} choose=${(id: string) => change({ inboxId: id })} />`}
      <label class="field">To
        <input type="email" multiple required value=${draft.to} onInput=${typed('to')} /></label>
      <label class="field">Cc <span class="dim">(optional; several with commas between them)</span>
        <input type="email" multiple value=${draft.cc} onInput=${typed('cc')} /></label>
      ${
        answers
          ? html`<p class="dim">Stays in the thread: ${answers.subject}</p>`
          : html`<label class="field">Subject
        <input type="text" required maxlength="900" value=${draft.subject} onInput=${typed('subject')} /></label>`
      }
      <label class="field">Message
        <textarea ref=${first} rows="8" required value=${draft.text} onInput=${typed('text')}></textarea></label>
      <label class="field">Attachments <span class="dim">(optional; ${size(maxAttachmentBytes)} together)</span>
        <input type="file" multiple aria-invalid=${tooLarge} onChange=${attached} /></label>
      ${draft.files.length > 0 && html`<p class="dim">${draft.files.map((file) => file.name).join(', ')}</p>`}
      ${tooLarge && html`<p class="wrong" role="alert">These are ${size(total)}. From ${name} at most ${size(maxAttachmentBytes)} can be sent: leave some out, or share a link instead.</p>`}
    </fieldset>
    <p class="dim">Goes out through your own ${name}, from ${inbox?.address}, and lies in your Sent folder.</p>
    ${handOver.error && !isSignedOut(handOver.error) && html`<${Failure} error=${handOver.error} />`}
    ${mayHaveArrived && html`<p role="alert"><strong>It may have arrived all the same.</strong> Send it again as it is: it goes out once, however often you do.</p>`}
    <div class="row">
      <${Action} label=${mayHaveArrived ? 'Send again' : 'Send'} busyLabel="Sending …" kind="primary" busy=${handOver.busy} disabled=${tooLarge} />
      <button type="button" onClick=${done} disabled=${handOver.busy}>Discard</button>
    </div>
  </form>`;
}

interface FromProps {
  inboxes: readonly Inbox[];
  chosen: string;
  choose: (id: string) => void;
}

function From({ inboxes, chosen, choose }: FromProps) {
  return html`<label class="field">From
    <select value=${chosen} onChange=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
      ${inboxes.map(({ id, address }) => html`<option key=${id} value=${id}>${address}</option>`)}
    </select></label>`;
}

/** @throws ApiProblem; TypeError when the server cannot be reached */
async function handOverOnce(draft: Draft, answers: Props['answers']): Promise<Outgoing> {
  const body = {
    ...{ to: addressesOf(draft.to), cc: addressesOf(draft.cc), text: draft.text },
    ...(answers ? { answers: answers.id } : { subject: draft.subject }),
    attachments: await Promise.all(draft.files.map(toAttachment)),
  };
  const path = `/api/v1/inboxes/${draft.inboxId}/messages`;
  return await send<Outgoing>('POST', path, body, { 'Idempotency-Key': draft.key });
}

/** Said above, for the whole page. */
const isSignedOut = (error: unknown): boolean =>
  error instanceof ApiProblem && error.status === 401;

/** Whether it may have been taken: no answer leaves that open, a refusal decides it. */
function isUncertain(error: unknown, before: boolean): boolean {
  if (!(error instanceof ApiProblem) || error.status >= 500) return true;
  // Refused before the message was looked at.
  return before && (error.status === 401 || error.status === 429);
}

/** Not `randomUUID`, which browsers keep from pages without https. */
const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');

const addressesOf = (list: string): { address: string }[] =>
  list
    .split(',')
    .map((address) => ({ address: address.trim() }))
    .filter(({ address }) => address !== '');

async function toAttachment(file: File) {
  return {
    filename: file.name,
    ...(file.type && { contentType: file.type }),
    contentBase64: await base64Of(file),
  };
}

function base64Of(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).replace(/^.*?,/, ''));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
