import { type Html, html } from './html.ts';

const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const UNITS = ['bytes', 'KB', 'MB', 'GB'] as const;

/** In this machine's time zone: the browser runs on it too. */
export function time(iso: string): Html {
  return html`<time datetime="${iso}">${TIME.format(new Date(iso))}</time>`;
}

export function count(n: number): string {
  return n.toLocaleString('en-GB');
}

export function size(bytes: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(1, bytes)) / 3), UNITS.length - 1);
  const value = bytes / 1_000 ** step;
  return `${value.toFixed(step === 0 || value >= 10 ? 0 : 1)} ${UNITS[step]}`;
}
