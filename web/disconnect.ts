import { useState } from 'preact/hooks';
import { send } from './api.ts';
import type { DisconnectAnswer, InboxDetail } from './api-types.ts';
import { useTask } from './resource.ts';
import { RevokeLinks } from './revoke-links.ts';
import { Action, Dialog, Failure, html } from './ui.ts';
import { PROVIDERS } from './words.ts';

interface Props {
  inbox: InboxDetail;
  disconnected: (answer: DisconnectAnswer) => void;
}

/** Asks first, in the words of what will and will not happen (P9). */
export function Disconnect({ inbox, disconnected }: Props) {
  const [asking, setAsking] = useState(false);
  const [revoke, setRevoke] = useState(false);
  const provider = PROVIDERS[inbox.provider];
  const disconnect = useTask(async () => {
    const path = `/api/v1/inboxes/${inbox.id}/disconnect`;
    const answer = await send<DisconnectAnswer>('POST', path, { revoke });
    setAsking(false);
    disconnected(answer);
  });
  return html`<div class="row end">
    <button type="button" onClick=${() => setAsking(true)}>Disconnect …</button>
    ${
      asking &&
      html`<${Dialog} title=${`Disconnect ${inbox.address ?? 'this inbox'}?`} close=${() => setAsking(false)}>
      <ul>
        <li>Sync stops immediately: from then on we ask ${provider.name} for nothing and write nothing.</li>
        <li>Email already synced stays on the timelines. Its attachments can no longer be opened here.</li>
        ${inbox.sending && html`<li>Send from Sambandh is turned off, and emails that wait are not sent.</li>`}
        <li>You can connect the inbox again later; what came in meanwhile is caught up.</li>
      </ul>
      ${
        provider.canRevoke
          ? html`<label class="choice"><input type="checkbox" checked=${revoke} onChange=${() => setRevoke(!revoke)} />
        <span>Also take back the permission at ${provider.company} <span class="dim">Ends it for this mailbox as a whole, whoever else connected it. Otherwise you find it under <${RevokeLinks} provider=${inbox.provider} />.</span></span></label>`
          : html`<p>The permission at ${provider.company} remains, and only you can take it back: under <${RevokeLinks} provider=${inbox.provider} />.</p>`
      }
      <p>To remove what was synced, use <a href="#/settings/privacy">Privacy → Delete email history</a> instead.</p>
      ${disconnect.error && html`<${Failure} error=${disconnect.error} />`}
      <div class="row end">
        <button type="button" onClick=${() => setAsking(false)}>Keep it connected</button>
        <${Action} label="Disconnect" busyLabel="Disconnecting …" kind="danger" busy=${disconnect.busy} onClick=${() => disconnect.run()} />
      </div>
    </${Dialog}>`
    }
  </div>`;
}
