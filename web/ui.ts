import htm from 'htm';
import { type ComponentChildren, h, type VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ApiProblem } from './api.ts';

/** Markup as a template; components are written `<${Name} prop=${value}>…</${Name}>`. */
export const html = htm.bind(h) as (strings: TemplateStringsArray, ...values: unknown[]) => VNode;

interface PageProps {
  title: string;
  children?: ComponentChildren;
}

/** A page's heading takes the focus when the page is opened, so that it is read out first. */
export function Page({ title, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Sambandh`;
    heading.current?.focus();
  }, [title]);
  return html`<h1 tabindex="-1" ref=${heading}>${title}</h1>${children}`;
}

interface NoticeProps {
  kind?: 'info' | 'good' | 'warn' | 'bad';
  title: string;
  children?: ComponentChildren;
}

/** Something to know. What is wrong is read out at once, the rest when there is a pause. */
export function Notice({ kind = 'info', title, children }: NoticeProps) {
  return html`<div class="notice ${kind}" role=${kind === 'bad' ? 'alert' : 'status'}>
    <strong>${title}</strong>${children}
  </div>`;
}

export function Loading({ what }: { what: string }) {
  return html`<p class="loading" role="status">Loading ${what} …</p>`;
}

/** What went wrong, in the API's words, which say what to do. */
export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  const problem = error instanceof ApiProblem ? error : null;
  return html`<${Notice} kind="bad" title=${problem?.title ?? 'This did not work'}>
    <p>${problem?.message ?? 'The server could not be reached. Check your connection and try again.'}</p>
    ${retry && html`<button type="button" onClick=${retry}>Try again</button>`}
  </${Notice}>`;
}

interface DialogProps {
  title: string;
  close: () => void;
  children?: ComponentChildren;
}

/** A question in front of the page. Escape closes it, and the focus goes back where it was. */
export function Dialog({ title, close, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const opener = document.activeElement;
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      // What lies behind an open one takes no focus.
      shown?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return html`<dialog ref=${dialog} onClose=${close} aria-labelledby="dialog-title">
    <h2 id="dialog-title">${title}</h2>
    ${children}
  </dialog>`;
}

interface ActionProps {
  label: string;
  busyLabel: string;
  busy: boolean;
  kind?: 'primary' | 'danger' | 'plain';
  disabled?: boolean;
  onClick?: () => void;
}

/** A button that says what it is doing; its task runs once at a time. Disabled, it would lose the focus. */
export function Action({ label, busyLabel, busy, kind = 'plain', disabled, onClick }: ActionProps) {
  return html`<button type=${onClick ? 'button' : 'submit'} class=${kind}
    disabled=${disabled} aria-disabled=${busy} aria-busy=${busy} onClick=${onClick}>${busy ? busyLabel : label}</button>`;
}
