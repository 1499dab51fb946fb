import { useEffect, useRef, useState } from 'preact/hooks';
import { send } from './api.ts';
import type { ChangedScope, InboxDetail, Scope, ScopeChoice } from './api-types.ts';
import { useResource, useTask } from './resource.ts';
import { scopeWords } from './scope-words.ts';
import { Action, Failure, html, Loading, Notice } from './ui.ts';
import { PROVIDERS } from './words.ts';

interface Props {
  inbox: InboxDetail;
  changed: () => void;
}

/** What is synced of the inbox: all email with contacts, or of that one label or folder. */
export function ScopePicker({ inbox, changed }: Props) {
  const [open, setOpen] = useState(false);
  const [done, setDone] = useState<Done | null>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const unchosen = inbox.scope.kind === 'unchosen';
  const saved = (backfill: number | null): void => {
    setOpen(false);
    if (backfill === null) setDone({ what: 'same', backfill });
    else setDone({ what: unchosen ? 'begun' : 'changed', backfill });
    opener.current?.focus();
    changed();
  };
  // The form that was sent is gone with the state it belonged to.
  useEffect(() => {
    if (!unchosen && done?.what === 'begun') opener.current?.focus();
  }, [unchosen]);
  // What it brings in is there: the card says so in its own words.
  const ended = inbox.backfills.last.some(({ n }) => n === done?.backfill);
  useEffect(() => {
    if (ended) setDone(null);
  }, [ended]);
  const told = !open && !ended && !inbox.problem && done?.what;
  if (unchosen)
    return html`<div>
      <${Notice} kind="warn" title="Nothing of this inbox is read until you choose."><p>Choose what shall be synced. Until then no email of it is listed, searched or stored.</p></${Notice}>
      <${Choices} inbox=${inbox} saved=${saved} />
    </div>`;
  return html`<div>
    <p>Synced: <strong>${scopeWords(inbox)}</strong>
      <button type="button" class="link" ref=${opener} aria-expanded=${open} onClick=${() => setOpen(!open)}>Change</button></p>
    ${told === 'begun' && html`<${Notice} kind="good" title="What you chose is being brought in."><p>Newest first, and new email from now on. You get an email when it is done.</p></${Notice}>`}
    ${told === 'same' && html`<${Notice} title="The scope is as it was."><p>You chose what is synced already, so nothing was changed.</p></${Notice}>`}
    ${told === 'changed' && html`<${Notice} kind="good" title="The scope is changed."><p>The window is gone through again. What is on a timeline already stays there.</p></${Notice}>`}
    ${open && html`<${Choices} inbox=${inbox} saved=${saved} />`}
  </div>`;
}

interface Done {
  what: 'begun' | 'changed' | 'same';
  /** The one that goes through the window; null where nothing was changed. */
  backfill: number | null;
}

interface ChoicesProps {
  inbox: InboxDetail;
  /** Told of the backfill that goes through the window for another scope than before. */
  saved: (backfill: number | null) => void;
}

function Choices({ inbox, saved }: ChoicesProps) {
  const { place } = PROVIDERS[inbox.provider];
  const found = useResource<{ choices: ScopeChoice[] }>(`/api/v1/inboxes/${inbox.id}/scopes`);
  const [kind, setKind] = useState<'contacts' | 'place'>(
    inbox.scope.kind === 'contacts' ? 'contacts' : 'place',
  );
  const [chosen, setChosen] = useState(placeOf(inbox.scope));
  const [below, setBelow] = useState(hasFoldersBelow(inbox.scope));
  const save = useTask(async () => {
    const path = `/api/v1/inboxes/${inbox.id}/scope`;
    const { backfill } = await send<ChangedScope>('PUT', path, scopeOf(kind, place, chosen, below));
    saved(backfill);
  });
  const submit = (event: Event): void => {
    event.preventDefault();
    void save.run();
  };
  if (found.error) return html`<${Failure} error=${found.error} retry=${found.reload} />`;
  if (!found.data)
    return html`<${Loading} what=${`your ${place}s from ${PROVIDERS[inbox.provider].name}`} />`;
  return html`<form onSubmit=${submit}>
    <fieldset><legend>What shall be synced?</legend>
      <label class="choice"><input type="radio" name=${`scope-${inbox.id}`} checked=${kind === 'contacts'} onChange=${() => setKind('contacts')} />
        <span>Everything with contacts <span class="dim">All email with people in your CRM.</span></span></label>
      <label class="choice"><input type="radio" name=${`scope-${inbox.id}`} checked=${kind === 'place'} onChange=${() => setKind('place')} />
        <span>One ${place} <span class="dim">Of that, only what is in the ${place} you choose.</span></span></label>
      ${
        kind === 'place' &&
        html`<label class="field">Which ${place}?
        <select value=${chosen} required onChange=${(event: Event) => setChosen((event.target as HTMLSelectElement).value)}>
          <option value="">Choose …</option>
          ${found.data.choices.map(({ id, name }) => html`<option key=${id} value=${id}>${name}</option>`)}
        </select></label>`
      }
      ${
        kind === 'place' &&
        place === 'folder' &&
        html`<label class="choice"><input type="checkbox" checked=${below} onChange=${() => setBelow(!below)} />
        <span>And the folders below it</span></label>`
      }
    </fieldset>
    <p class="dim">The narrower the scope, the less of the inbox is touched. Narrowing it removes nothing that is on a timeline already.</p>
    <${Action} label="Save" busyLabel="Saving …" kind="primary" busy=${save.busy} disabled=${kind === 'place' && !chosen} />
    ${save.error && html`<${Failure} error=${save.error} />`}
  </form>`;
}

function placeOf(scope: Scope): string {
  if (scope.kind === 'label') return scope.labelId;
  return scope.kind === 'folder' ? scope.folderId : '';
}

function hasFoldersBelow(scope: Scope): boolean {
  return scope.kind === 'folder' && scope.includeSubfolders;
}

function scopeOf(
  kind: 'contacts' | 'place',
  place: 'label' | 'folder',
  id: string,
  includeSubfolders: boolean,
) {
  if (kind === 'contacts') return { kind };
  return place === 'label'
    ? { kind: place, labelId: id }
    : { kind: place, folderId: id, includeSubfolders };
}
