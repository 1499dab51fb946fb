import { useEffect, useRef, useState } from 'preact/hooks';
import type { Contact } from './api-types.ts';
import { useResource } from './resource.ts';
import { Failure, html, Loading, Page } from './ui.ts';

/** The CRM's contacts, each with a timeline. */
export function ContactsPage() {
  const [cursors, setCursors] = useState(['']);
  const [typed, setTyped] = useState('');
  const open = (event: Event): void => {
    event.preventDefault();
    if (typed.trim()) location.hash = `/contacts/${encodeURIComponent(typed.trim())}`;
  };
  return html`<${Page} title="Contacts">
    <p class="lead">Each contact has a timeline: your email with it, newest first.</p>
    ${cursors.map(
      (
        cursor,
        i,
      ) => html`<${Contacts} key=${cursor} cursor=${cursor} last=${i === cursors.length - 1}
      more=${(next: string) => setCursors([...cursors, next])} />`,
    )}
    <form class="row" onSubmit=${open}>
      <label class="field">Open a contact by its id in the CRM
        <input type="text" value=${typed} onInput=${(event: Event) => setTyped((event.target as HTMLInputElement).value)} /></label>
      <button type="submit">Open</button>
    </form>
  </${Page}>`;
}

interface Props {
  cursor: string;
  last: boolean;
  more: (cursor: string) => void;
}

function Contacts({ cursor, last, more }: Props) {
  const { data, error, reload } = useResource<{ contacts: Contact[]; nextCursor: string | null }>(
    `/api/v1/contacts?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
  );
  const list = useRef<HTMLUListElement>(null);
  // The button that asked for this page is gone.
  useEffect(() => {
    if (cursor) list.current?.querySelector('a')?.focus();
  }, [cursor, data === null]);
  if (error) return html`<${Failure} error=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} what="contacts" />`;
  if (data.contacts.length === 0) {
    return html`<p>There are no contacts yet. They come from your CRM; as soon as it adds one, your email with it is looked for.</p>`;
  }
  return html`<ul class="list" ref=${list}>${data.contacts.map(
    ({
      id,
      name,
      addresses,
    }) => html`<li key=${id}><a href=${`#/contacts/${encodeURIComponent(id)}`}>
      <strong>${name || id}</strong><span class="dim">${addresses.join(', ')}</span></a></li>`,
  )}</ul>
  ${last && data.nextCursor && html`<button type="button" onClick=${() => more(data.nextCursor as string)}>Show more contacts</button>`}`;
}
