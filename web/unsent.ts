import { useEffect, useRef, useState } from 'preact/hooks';
import { send } from './api.ts';
import type { InboxDetail, Outgoing } from './api-types.ts';
import { useVersion } from './live.ts';
import { useResource, useTask, useTick } from './resource.ts';
import { outgoingWords } from './sent.ts';
import { Action, Failure, html } from './ui.ts';
import { fullTime } from './words.ts';

/** What ended badly is shown for a week: nobody looks for it later. */
const SHOWN_MS = 7 * 86_400_000;
/** No stream tells of messages on their way. */
const LOOK_MS = 10_000;

/** Emails of an inbox that wait, that did not go out or of which nobody knows, whatever page wrote them. */
export function Unsent({ inbox }: { inbox: InboxDetail }) {
  const tick = useTick(inbox.sending ? LOOK_MS : 0);
  const version = `${useVersion(inbox.id)} ${tick}`;
  const path = `/api/v1/inboxes/${inbox.id}/outgoing?unsent=true&limit=100`;
  const { data, error, reload } = useResource<{ outgoing: Outgoing[] }>(path, version);
  const shown = data?.outgoing.filter(isShown) ?? [];
  const [cancelled, setCancelled] = useState(false);
  const said = useRef<HTMLParagraphElement>(null);
  // The line goes with its button: what that has done is read out.
  useEffect(() => {
    if (cancelled) said.current?.focus();
  }, [cancelled]);
  const changed = (done: boolean): void => {
    setCancelled(done);
    reload();
  };
  return html`<div>
    ${cancelled && html`<p ref=${said} tabindex="-1" role="status">Cancelled: that email is not sent.</p>`}
    ${error && html`<${Failure} error=${error} retry=${reload} />`}
    ${
      shown.length > 0 &&
      html`<h3>Emails that wait or went wrong</h3>
      <ul>${shown.map((one) => html`<${Line} key=${one.id} outgoing=${one} changed=${changed} />`)}</ul>`
    }
  </div>`;
}

const isShown = ({ settledAt }: Outgoing): boolean =>
  settledAt === null || Date.now() - Date.parse(settledAt) < SHOWN_MS;

function Line({
  outgoing,
  changed,
}: {
  outgoing: Outgoing;
  changed: (cancelled: boolean) => void;
}) {
  const { id, inboxId, state, createdAt, recipients } = outgoing;
  const { title, words } = outgoingWords(outgoing);
  const cancel = useTask(async () => {
    let done = false;
    try {
      await send('DELETE', `/api/v1/inboxes/${inboxId}/outgoing/${id}`);
      done = true;
    } finally {
      // Also when it was too late: the line then says what became of it.
      changed(done);
    }
  });
  return html`<li><strong>${title}</strong> Written on <time datetime=${createdAt}>${fullTime(createdAt)}</time>${' '}
    to ${recipients === 1 ? 'one recipient' : `${recipients} recipients`}. <span class="dim">${words}</span>
    ${state === 'queued' && html` <${Action} label="Cancel this email" busyLabel="Cancelling …" busy=${cancel.busy} onClick=${() => cancel.run()} />`}
    ${cancel.error && html`<${Failure} error=${cancel.error} />`}</li>`;
}
