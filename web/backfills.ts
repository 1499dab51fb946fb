import type { Backfill, InboxDetail, RunningBackfill } from './api-types.ts';
import { ReplayButton } from './replay.ts';
import { html } from './ui.ts';
import { fullTime, many, number } from './words.ts';

const WHAT: Record<Backfill['kind'], string> = {
  initial: 'Bringing in the last 90 days',
  contacts: 'Looking for email with newly added contacts',
  scope: 'Going through the window again for the new scope',
  gap: 'Catching up what was missed',
  recheck: 'A second look, for what search did not know before',
  replay: 'Trying again what could not be read',
  check: 'Fetching what a check of completeness has found missing',
};

/** The same, of a run that has ended. */
const WHAT_ENDED: Record<Backfill['kind'], string> = {
  initial: 'The last 90 days',
  contacts: 'Newly added contacts',
  scope: 'The window again, for the new scope',
  gap: 'Caught up after an interruption',
  recheck: 'A second look',
  replay: 'Tried again',
  check: 'After a check of completeness',
};

/** What is told of by mail when it is done (P7). */
const MAILED: readonly Backfill['kind'][] = ['initial', 'scope'];

/** What runs now, with its progress; a second look that is not due yet is not worth a line. */
export function RunningBackfills({ running }: { running: RunningBackfill[] }) {
  const now = Date.now();
  const due = running.filter(({ kind, dueAt }) => kind !== 'recheck' || Date.parse(dueAt) <= now);
  return html`${due.map((backfill) => html`<${Progress} key=${backfill.n} backfill=${backfill} />`)}`;
}

function Progress({ backfill }: { backfill: RunningBackfill }) {
  const { seen, stored, skipped, failed, gone, slices, slicesDone } = backfill.progress;
  const decided = stored + skipped + failed + gone;
  const listing = slicesDone < slices || slices === 0;
  const words =
    seen === 0
      ? 'Asking the provider for email with your contacts …'
      : `${number(decided)} of ${listing ? 'at least ' : ''}${many(seen, 'email')} read, ${number(stored)} added to timelines.`;
  const label = `backfill-${backfill.n}`;
  // By how much was searched: a share of the emails found so far falls with every further one.
  const bar =
    slicesDone === 0
      ? html`<progress key="waiting" aria-labelledby=${label}></progress>`
      : html`<progress key="moving" aria-labelledby=${label} max=${slices} value=${slicesDone}></progress>`;
  return html`<div class="progress">
    <strong id=${label}>${WHAT[backfill.kind]}</strong>
    ${bar}
    <p role="status">${words}${backfill.eta && ` Time left: ${backfill.eta.words}.`}</p>
    <p class="dim">You can close this page: it goes on without it${MAILED.includes(backfill.kind) && ', and you get an email when it is done'}.</p>
  </div>`;
}

/** What is on timelines in all, how the latest run ended that was no second look, and the receipts. */
export function LastRun({ inbox }: { inbox: InboxDetail }) {
  const runs = inbox.backfills.last;
  const last = runs.find(({ kind }) => kind !== 'recheck') ?? runs[0];
  if (!last?.receipt) return null;
  const total = inbox.touched.stored;
  return html`<div class="receipt">
    <p><strong>${total === 0 ? 'No email of this inbox is on a timeline.' : `${many(total, 'email')} of this inbox ${total === 1 ? 'is' : 'are'} on timelines.`}</strong></p>
    <p><span class="dim">${WHAT_ENDED[last.kind]} ·</span> <span>${last.receipt.words.headline}</span></p>
    ${(last.state === 'failed' || last.receipt.failed > 0) && inbox.status === 'connected' && html`<${ReplayButton} path=${`/api/v1/inboxes/${inbox.id}/backfills/${last.n}/replay`} label="Try again what could not be added" />`}
    <details><summary>Receipt</summary>
      ${runs.map((one) => html`<${ReceiptLines} key=${one.n} backfill=${one} />`)}
    </details>
  </div>`;
}

function ReceiptLines({ backfill }: { backfill: Backfill }) {
  const { receipt, finishedAt, kind } = backfill;
  if (!receipt) return null;
  return html`<h3>${WHAT_ENDED[kind]}</h3>
    ${finishedAt && html`<p class="dim">Finished <time datetime=${finishedAt}>${fullTime(finishedAt)}</time></p>`}
    <ul>${receipt.words.lines.map((line) => html`<li>${line}</li>`)}</ul>
    ${receipt.words.nextStep && html`<p>${receipt.words.nextStep}</p>`}
    <p class="dim">${number(receipt.seen)} seen, ${number(receipt.missing)} unaccounted for.</p>`;
}
