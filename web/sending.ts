import { useState } from 'preact/hooks';
import { send } from './api.ts';
import type { InboxDetail } from './api-types.ts';
import { goToProvider } from './outcome.ts';
import { useTask } from './resource.ts';
import { RevokeLinks } from './revoke-links.ts';
import { Action, Dialog, Failure, html, Notice } from './ui.ts';
import { PROVIDERS } from './words.ts';

interface Props {
  inbox: InboxDetail;
  changed: () => void;
}

/** Send from Sambandh: off until its user turns it on, by a consent of its own (P2, B5). */
export function Sending({ inbox, changed }: Props) {
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState('');
  const label = `sending-${inbox.id}`;
  const turnedOff = (message: string): void => {
    setAsking(false);
    setSaid(message);
    changed();
  };
  return html`<div>
    <p class="switch-row"><button type="button" role="switch" class="switch" aria-checked=${inbox.sending} aria-labelledby=${label}
        onClick=${() => setAsking(true)}></button>
      <span><strong id=${label}>Send from Sambandh</strong>
        <span class="dim">${inbox.sending ? 'On: you can write and answer from a contact’s timeline.' : 'Off: nothing is sent, changed or deleted in your mailbox.'}</span></span></p>
    ${
      said &&
      !inbox.sending &&
      html`<${Notice} title="Sending is off."><p>${said}</p>
        <p>See <${RevokeLinks} provider=${inbox.provider} />.</p></${Notice}>`
    }
    ${asking && !inbox.sending && html`<${TurnOn} inbox=${inbox} close=${() => setAsking(false)} />`}
    ${asking && inbox.sending && html`<${TurnOff} inbox=${inbox} turnedOff=${turnedOff} close=${() => setAsking(false)} />`}
  </div>`;
}

function TurnOn({ inbox, close }: { inbox: InboxDetail; close: () => void }) {
  const { name, company } = PROVIDERS[inbox.provider];
  const begin = useTask(async () => {
    const { authorizationUrl } = await send<{ authorizationUrl: string }>(
      'POST',
      `/api/v1/inboxes/${inbox.id}/sending`,
      { returnTo: '/#/settings/email' },
    );
    goToProvider(authorizationUrl);
  });
  return html`<${Dialog} title="Turn on Send from Sambandh?" close=${close}>
    <ul>
      <li>${company} asks you once more, for one permission besides reading: to send email as you.</li>
      <li>Only what you write here is sent, through your own ${name}. It lies in your Sent folder, and comes onto the timeline of your contact, whatever is synced besides.</li>
      <li>Say no, and nothing changes. You can turn it off at any time.</li>
    </ul>
    ${begin.error && html`<${Failure} error=${begin.error} />`}
    <div class="row end">
      <button type="button" onClick=${close}>Leave it off</button>
      <${Action} label=${`Continue to ${company}`} busyLabel="Opening …" kind="primary" busy=${begin.busy} onClick=${() => begin.run()} />
    </div>
  </${Dialog}>`;
}

interface TurnOffProps {
  inbox: InboxDetail;
  turnedOff: (message: string) => void;
  close: () => void;
}

function TurnOff({ inbox, turnedOff, close }: TurnOffProps) {
  const { company } = PROVIDERS[inbox.provider];
  const turnOff = useTask(async () => {
    const path = `/api/v1/inboxes/${inbox.id}/sending`;
    turnedOff((await send<{ message: string }>('DELETE', path)).message);
  });
  return html`<${Dialog} title="Turn off Send from Sambandh?" close=${close}>
    <ul>
      <li>From then on nothing is sent from this inbox, and what still waits is cancelled.</li>
      <li>Reading goes on as before.</li>
      <li>${company} keeps the permission in its list, since it cannot take back one permission alone.
        To drop it there, remove Sambandh under <${RevokeLinks} provider=${inbox.provider} />. Sync then stops, and the inbox has a button here to reconnect it, which asks for reading only.</li>
    </ul>
    ${turnOff.error && html`<${Failure} error=${turnOff.error} />`}
    <div class="row end">
      <button type="button" onClick=${close}>Leave it on</button>
      <${Action} label="Turn off" busyLabel="Turning off …" kind="danger" busy=${turnOff.busy} onClick=${() => turnOff.run()} />
    </div>
  </${Dialog}>`;
}
