import { useRef } from 'preact/hooks';
import type { Backfill, InboxDetail, RunningBackfill } from './api-types.ts';
import { ReplayButton } from './replay.ts';
import { inPlace } from './scope-words.ts';
import { html } from './ui.ts';
import { fullTime, many, number } from './words.ts';

const WHAT: Record<Backfill['kind'], string> = {
  initial: 'Bringing in the last',
  contacts: 'Looking for email with newly added contacts',
  scope: 'Going through the window again for the new scope',
  gap: 'Catching up what was missed',
  recheck: 'A second look, for what search did not know before',
  replay: 'Trying again what could not be read',
  check: 'Fetching what a check of completeness has found missing',
};

/** The same, of a run that has ended. */
const WHAT_ENDED: Record<Backfill['kind'], string> = {
  initial: 'The first import',
  contacts: 'Newly added contacts',
  scope: 'The window again, for the new scope',
  gap: 'Caught up after an interruption',
  recheck: 'A second look',
  replay: 'Tried again',
  check: 'After a check of completeness',
};

/** What is told of by mail when it is done (P7). */
const MAILED: readonly Backfill['kind'][] = ['initial', 'scope'];

const DAY_MS = 86_400_000;

/**
 * What runs now, with its progress: runs of one kind are told of together. A second look that is not
 * due yet is not worth a line.
 */
export function RunningBackfills({ inbox }: { inbox: InboxDetail }) {
  const { running } = inbox.backfills;
  const now = Date.now();
  const due = running.filter(({ kind, dueAt }) => kind !== 'recheck' || Date.parse(dueAt) <= now);
  const kinds = [...new Set(due.map(({ kind }) => kind))];
  return html`${kinds.map((kind) => {
    const [first, ...more] = due.filter((one) => one.kind === kind);
    return (
      first &&
      html`<${Progress} key=${first.n} first=${first} more=${more} place=${inPlace(inbox)} />`
    );
  })}`;
}

interface ProgressProps {
  first: RunningBackfill;
  /** Further runs of its kind. */
  more: RunningBackfill[];
  /** See `inPlace`. */
  place: string;
}

function Progress({ first, more, place }: ProgressProps) {
  const { kind, n, windowFrom, windowTo } = first;
  const sum = (count: keyof RunningBackfill['progress']): number =>
    [first, ...more].reduce((total, { progress }) => total + progress[count], 0);
  const seen = sum('seen');
  const stored = sum('stored');
  const decided = stored + sum('skipped') + sum('failed') + sum('gone');
  const slices = sum('slices');
  const done = sum('slicesDone');
  // A search that is split in two adds to what is to be searched: what was shown stays.
  const share = useRef(0);
  share.current = Math.max(share.current, slices === 0 ? 0 : done / slices);
  const words =
    seen === 0
      ? `Asking the provider for email with your contacts${place} …`
      : `${number(decided)} of ${done < slices || slices === 0 ? 'at least ' : ''}${many(seen, 'email')} read, ${number(stored)} added to timelines.`;
  // Several share what the provider allows: the time of one says nothing of all.
  const eta = more.length === 0 ? first.eta : null;
  const days = Math.round((Date.parse(windowTo) - Date.parse(windowFrom)) / DAY_MS);
  const label = `backfill-${n}`;
  // By how much was searched: a share of the emails found so far falls with every further one.
  const bar =
    share.current === 0
      ? html`<progress key="waiting" aria-labelledby=${label}></progress>`
      : html`<progress key="moving" aria-labelledby=${label} value=${share.current}></progress>`;
  return html`<div class="progress">
    <strong id=${label}>${kind === 'initial' ? `${WHAT.initial} ${many(days, 'day')}` : WHAT[kind]}</strong>
    ${bar}
    <p role="status">${words}${eta && ` Time left: ${eta.words}.`}</p>
    <p class="dim">You can close this page: it goes on without it${MAILED.includes(kind) && ', and you get an email when it is done'}.</p>
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
    <p>${last.receipt.words.headline}</p>
    ${inbox.emptyPlace && html`<p>${inbox.emptyPlace}</p>`}
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
