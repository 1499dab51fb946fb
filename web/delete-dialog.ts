import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useTask } from './resource.ts';
import { Action, Dialog, Failure, html } from './ui.ts';

interface Props {
  title: string;
  /** To be typed, so that no slip deletes what cannot be brought back. */
  word: string;
  /** Given what was typed. */
  remove: (confirm: string) => Promise<void>;
  close: () => void;
  /** What will happen. */
  children?: ComponentChildren;
}

/** Asks before something is deleted for good. */
export function DeleteDialog({ title, word, remove, close, children }: Props) {
  const [typed, setTyped] = useState('');
  const task = useTask(() => remove(typed));
  const submit = (event: Event): void => {
    event.preventDefault();
    void task.run();
  };
  return html`<${Dialog} title=${title} close=${close}>
    <form onSubmit=${submit}>
      ${children}
      <label class="field">Type <strong>${word}</strong> to confirm
        <input type="text" value=${typed} autocomplete="off" autocapitalize="off" spellcheck=${false}
          onInput=${(event: Event) => setTyped((event.target as HTMLInputElement).value)} /></label>
      ${task.error && html`<${Failure} error=${task.error} />`}
      <div class="row end">
        <button type="button" onClick=${close}>Keep it</button>
        <${Action} label="Delete for good" busyLabel="Deleting …" kind="danger" busy=${task.busy} disabled=${typed !== word} />
      </div>
    </form>
  </${Dialog}>`;
}
