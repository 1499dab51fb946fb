import type { InboxDetail } from './api-types.ts';
import { html } from './ui.ts';
import { number } from './words.ts';

/** How much of the inbox was touched (B1). */
export function TouchReport({ inbox }: { inbox: InboxDetail }) {
  const { idsListed, headsRead, bodiesRead, stored, calls } = inbox.touched;
  const rows: [string, number][] = [
    ['messages listed, by their ids', idsListed],
    ['headers read without the text', headsRead],
    ['messages read whole', bodiesRead],
    ['kept on timelines', stored],
    ['requests to the provider', calls],
  ];
  return html`<details><summary>What we touched in this inbox</summary>
    <dl class="figures">${rows.map(
      ([what, n]) => html`<div><dt>${what}</dt><dd>${number(n)}</dd></div>`,
    )}</dl>
    <p class="dim">Email with nobody from your contacts is never kept, and the text of a stranger’s new email is not read.</p>
  </details>`;
}
