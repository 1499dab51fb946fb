import { OUTCOMES } from '../../api/connect/outcomes.ts';
import type { Contact, Inbox, Provider } from './api-shapes.ts';
import { type Html, html } from './html.ts';
import { inboxActions, inboxState, isLive, NAMES } from './inbox-view.ts';
import type { Page } from './layout.ts';

interface Notice {
  title: string;
  words: string;
  good: boolean;
}

const NOTICES: Readonly<Record<string, Notice>> = {
  disconnected: {
    title: 'Disconnected',
    words: 'Sync has stopped. Email already synced stays on the timelines.',
    good: true,
  },
  deleted: {
    title: 'The email history is being deleted',
    words: 'The key to it is destroyed already, so nothing of it can be read any more.',
    good: true,
  },
  unconfirmed: {
    title: 'Nothing was deleted',
    words: 'To delete the email history, type the word “delete”.',
    good: false,
  },
};

/** How the way through the provider's consent ended, or what a button of this page did. */
export function noticeOf(query: URLSearchParams): Notice | null {
  const outcome = query.get('outcome') ?? '';
  if (Object.hasOwn(OUTCOMES, outcome)) {
    const { title, words } = OUTCOMES[outcome as keyof typeof OUTCOMES];
    return { title, words, good: outcome === 'connected' || outcome === 'reconnected' };
  }
  const done = query.get('done') ?? '';
  return Object.hasOwn(NOTICES, done) ? (NOTICES[done] ?? null) : null;
}

export function notice({ title, words, good }: Notice): Html {
  return html`<div class="card notice ${good ? 'good' : 'bad'}" role="status">
<strong>${title}.</strong> ${words}</div>`;
}

/** Null: none of that provider yet. */
export interface ShownInbox {
  provider: Provider;
  inbox: Inbox | null;
}

export interface Home {
  inboxes: ShownInbox[];
  contacts: Contact[];
  query: URLSearchParams;
}

export function homePage({ inboxes, contacts, query }: Home): Page {
  const said = noticeOf(query);
  const body = html`<h1>Email sync</h1>
${said && notice(said)}
${inboxes.map(inboxCard)}
<section class="card" aria-labelledby="contacts"><h2 id="contacts">Contacts</h2>
<ul class="plain">${contacts.map(contactRow)}</ul>
</section>
${writeForm(contacts)}`;
  const live = inboxes.some(({ inbox }) => inbox !== null && isLive(inbox));
  return { title: 'Email sync', body, live };
}

function inboxCard({ provider, inbox }: ShownInbox): Html {
  return html`<section class="card" aria-labelledby="${provider}">
<h2 id="${provider}">Maya’s ${NAMES[provider]}</h2>
${inboxState(inbox, provider)}
${inboxActions(inbox, provider)}
</section>`;
}

function contactRow({ id, name, addresses }: Contact): Html {
  return html`<li><a href="/contacts/${encodeURIComponent(id)}">${name || id}</a>
<span class="dim small">${addresses.join(', ')}</span></li>`;
}

/** Lets one of the contacts send a mail to the connected mailbox. */
export function writeForm(contacts: Contact[]): Html | null {
  const [only, ...others] = contacts;
  if (!only) return null;
  const who = others.length === 0 ? only.name || only.id : 'a contact';
  return html`<section class="card" aria-labelledby="write">
<h2 id="write">Let ${who} write to Maya now</h2>
<p class="dim">The mail arrives at the emulated provider, which pushes the news to the API.</p>
<form method="post" action="/write">
${
  others.length === 0
    ? html`<input type="hidden" name="contact" value="${only.id}">`
    : html`<label for="contact">From</label>
<select id="contact" name="contact">${contacts.map(
        ({ id, name }) => html`<option value="${id}">${name || id}</option>`,
      )}</select>`
}
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
