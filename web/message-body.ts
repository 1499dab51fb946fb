import { useState } from 'preact/hooks';
import { ApiProblem } from './api.ts';
import type { Message } from './api-types.ts';
import { useResource, useTask } from './resource.ts';
import { Failure, html, Loading } from './ui.ts';
import { many, size } from './words.ts';

/** The email itself. Its HTML is a document of its own in a frame that can run nothing. */
export function MessageBody({ id }: { id: string }) {
  const { data, error, reload } = useResource<Message>(`/api/v1/messages/${id}`);
  const [images, setImages] = useState(false);
  if (error) return html`<${Failure} error=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} what="the email" />`;
  const source = `/api/v1/messages/${id}/html${images ? '?images=show' : ''}`;
  return html`<div class="body">
    <${People} message=${data} />
    ${
      data.remoteImages > 0 &&
      !images &&
      html`<p class="dim">${many(data.remoteImages, 'remote image')} not loaded, since that tells the sender that you read this.${' '}
      <button type="button" class="link" onClick=${() => setImages(true)}>Load images</button></p>`
    }
    ${
      data.html !== null
        ? html`<iframe key=${source} src=${source} title=${`Email: ${data.subject || 'no subject'}`} onLoad=${fit}
          sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>`
        : html`<pre class="text">${data.text || 'This email has no text.'}</pre>`
    }
    ${data.htmlTruncated && html`<p class="dim">This email is very long; only its beginning is shown. Read the rest in your mailbox.</p>`}
    ${
      data.attachments.length > 0 &&
      html`<h3>Attachments</h3><ul class="attachments">${data.attachments.map(
        (one) => html`<${Attachment} key=${one.partId} attachment=${one} />`,
      )}</ul>`
    }
  </div>`;
}

const MAX_FRAME_PX = 1_200;
/** Of the document in the frame, above and below, and the frame's own edge. */
const MARGINS_PX = 28;

/** As high as its content, which we may measure as nothing in it can run. */
function fit(event: Event): void {
  const frame = event.target as HTMLIFrameElement;
  // Not the document's own height, which is at least the frame's.
  const height = frame.contentDocument?.body.offsetHeight ?? 0;
  frame.style.height = `${Math.min(height + MARGINS_PX, MAX_FRAME_PX)}px`;
}

function People({ message }: { message: Message }) {
  const roles = [
    ['from', 'From'],
    ['to', 'To'],
    ['cc', 'Cc'],
    ['bcc', 'Bcc'],
  ] as const;
  return html`<dl class="people">${roles.map(([role, label]) => {
    const people = message.participants.filter((one) => one.role === role);
    if (people.length === 0) return null;
    return html`<div><dt>${label}</dt><dd>${people
      .map(({ name, address }) => (name ? `${name} <${address}>` : address))
      .join(', ')}</dd></div>`;
  })}</dl>`;
}

/** Fetched from the mailbox at this moment, which takes a while and may fail: said here, not in a new tab. */
function Attachment({ attachment }: { attachment: Message['attachments'][number] }) {
  const { filename, sizeBytes, url } = attachment;
  const name = filename || 'attachment';
  const download = useTask(async () => {
    const response = await fetch(url, { headers: { 'X-Sambandh-Page': '1' } });
    if (!response.ok)
      throw new ApiProblem(response.status, await response.json().catch(() => ({})));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  return html`<li><button type="button" class="link" disabled=${download.busy} onClick=${() => download.run()}>
      ${download.busy ? 'Fetching …' : `Download ${name}`}</button> <span class="dim">${size(sizeBytes)}</span>
    ${download.error && html`<${Failure} error=${download.error} />`}</li>`;
}
