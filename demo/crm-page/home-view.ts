import { type Html, html } from './html.ts';
import type { Page } from './layout.ts';

export interface Contact {
  id: string;
  name: string;
  addresses: string[];
}

/** Where the product signs people in, and the token that says who they are. */
export interface SignIn {
  apiUrl: string;
  /** Maya's. */
  token: string;
  /** Of somebody who runs the deployment. */
  operatorToken: string;
}

export interface Home {
  contacts: Contact[];
  signIn: SignIn;
  /** How long the mail that was just sent took to its timeline; null: it did not come in time. */
  sent: { tookMs: number | null } | null;
}

export function homePage({ contacts, signIn, sent }: Home): Page {
  const { apiUrl, token, operatorToken } = signIn;
  const open = (label: string, path: string, kind: string, by = token): Html => html`
<form method="post" action="${apiUrl}/session/form">
<input type="hidden" name="token" value="${by}"><input type="hidden" name="returnTo" value="/#${path}">
<button class="${kind}">${label}</button></form>`;
  const rows = contacts.map(
    ({ id, name, addresses }) => html`<li class="contact"><span><strong>${name || id}</strong>
<span class="dim small">${addresses.join(', ')}</span></span>
${open('Timeline', `/contacts/${encodeURIComponent(id)}`, '')}</li>`,
  );
  const body = html`<h1>Brightwater CRM</h1>
${sent && notice(sent.tookMs)}
<section class="card" aria-labelledby="settings"><h2 id="settings">Email</h2>
<p>Connect your inbox, and email with your contacts comes onto their timelines.</p>
<div class="row">${open('Email settings', '/settings/email', 'primary')}
${open('Operations, as an operator', '/operations', '', operatorToken)}</div>
</section>
<section class="card" aria-labelledby="contacts"><h2 id="contacts">Contacts</h2>
<ul class="plain">${rows}</ul>
</section>
${writeForm(contacts)}`;
  return { title: 'Home', body };
}

function notice(tookMs: number | null): Html {
  return html`<div class="card notice ${tookMs === null ? 'bad' : 'good'}" role="status">
${
  tookMs === null
    ? 'The mail was sent. It is not on the timeline yet: is an inbox connected?'
    : `The mail was on the timeline ${(tookMs / 1_000).toFixed(1)} s after it was sent.`
}</div>`;
}

/** Lets one of the contacts send a mail to the connected mailbox. */
function writeForm(contacts: Contact[]): Html {
  const options = contacts.map(
    ({ id, name }) => html`<option value="${id}">${name || id}</option>`,
  );
  return html`<section class="card" aria-labelledby="write">
<h2 id="write">Let a contact write to Maya now</h2>
<p class="dim">The mail arrives at the emulated provider, which pushes the news to the API.</p>
<form method="post" action="/write">
<label for="contact">From</label><select id="contact" name="contact">${options}</select>
<label for="provider">To Maya’s</label>
<select id="provider" name="provider"><option value="gmail">Gmail</option>
<option value="outlook">Outlook</option></select>
<label for="subject">Subject</label>
<input id="subject" name="subject" maxlength="200" required value="A quick question">
<label for="text">Text</label>
<textarea id="text" name="text" rows="3" maxlength="5000">Hi Maya, can you call me back today?</textarea>
<p class="row"><button class="primary">Send it</button></p>
</form></section>`;
}
