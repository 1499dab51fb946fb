import type { Backfill, Inbox, InboxSummary, RunningBackfill } from './api-shapes.ts';
import { count, time } from './format.ts';
import { type Html, html } from './html.ts';

const STATUS: Record<InboxSummary['status'], readonly [words: string, tone: string]> = {
  connected: ['Connected', 'good'],
  needs_reconnect: ['Needs reconnecting', 'warn'],
  disconnected: ['Disconnected', 'warn'],
  deleting: ['Being deleted', 'warn'],
};

const KIND: Record<Backfill['kind'], string> = {
  initial: 'The last 90 days',
  contacts: 'Email with new contacts',
  scope: 'Email of the new scope',
  gap: 'Email that came while sync stood still',
  recheck: 'A second look at the newest email',
};

/** Whether what is shown changes by itself in the next seconds. */
export function isLive({ status, backfills }: Inbox): boolean {
  return status === 'deleting' || backfills.running.some(isUnderWay);
}

const isUnderWay = ({ dueAt }: RunningBackfill): boolean => Date.parse(dueAt) <= Date.now();

/** What is known of the inbox; replaced as a whole while it is live. */
export function inboxState(inbox: Inbox | null): Html {
  if (!inbox) {
    return html`<div id="inbox-state">
<p class="status">Not connected</p>
<p>Connect Maya’s Gmail to see her email with your contacts on their timelines. Access is read-only,
and email with nobody in the CRM is not stored.</p>
</div>`;
  }
  const deleted = inbox.historyDeletedAt !== null && inbox.status === 'disconnected';
  const [words, tone] = deleted ? ['Email history deleted', ''] : STATUS[inbox.status];
  return html`<div id="inbox-state"${isLive(inbox) && html` data-live`}>
<p><span class="status ${tone}">${words}</span> ${inbox.address && html`· ${inbox.address}`}</p>
<p class="dim">${deleted ? 'Nothing that was synced can be read any more.' : inbox.statusWords}</p>
${inbox.reconnect && html`<p>${inbox.reconnect.words} ${inbox.reconnect.action}</p>`}
${inbox.status === 'connected' && pushState(inbox.sync)}
${inbox.backfills.running.map(runningBackfill)}
${inbox.backfills.last.map(receipt)}
${inbox.gaps.length > 0 && gaps(inbox.gaps)}
${touchReport(inbox.touched)}
</div>`;
}

function pushState({ caughtUpTo, push }: Inbox['sync']): Html {
  return html`<p class="dim small">Caught up to: ${caughtUpTo ? time(caughtUpTo) : 'not yet'} ·
Push from Gmail: ${push.active ? 'on' : 'not on yet'}${push.lastAt && html`, last at ${time(push.lastAt)}`}</p>`;
}

function runningBackfill(backfill: RunningBackfill): Html {
  const { progress, eta, kind, n, dueAt } = backfill;
  if (!isUnderWay(backfill)) {
    return html`<p class="dim small">${KIND[kind]} is due at ${time(dueAt)}.</p>`;
  }
  const { seen, stored, skipped, failed, gone } = progress;
  const decided = stored + skipped + failed + gone;
  return html`<section aria-labelledby="backfill-${n}">
<h3 id="backfill-${n}">${KIND[kind]}: ${eta ? html`${eta.words} left` : 'starting'}</h3>
<progress max="${Math.max(1, seen)}" value="${decided}" aria-labelledby="backfill-${n}"></progress>
<p class="small">${count(decided)} of ${count(seen)} emails found so far are done;
${count(progress.slicesDone)} of ${count(progress.slices)} searches are finished.</p>
${figures([
  ['Added', stored],
  ['Left out', skipped],
  ['Deleted meanwhile', gone],
  ['Failed', failed],
])}
</section>`;
}

function receipt({ kind, state, finishedAt, receipt: made }: Backfill): Html | null {
  if (!made) return null;
  const { headline, lines, nextStep } = made.words;
  return html`<h3>${KIND[kind]}: ${state === 'cancelled' ? 'stopped' : 'finished'}</h3>
<p>${headline} ${finishedAt && html`<span class="dim small">${time(finishedAt)}</span>`}</p>
<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>
${nextStep && html`<p>${nextStep}</p>`}`;
}

function gaps(all: Inbox['gaps']): Html {
  return html`<h3>Gaps</h3><ul>${all.map(({ words }) => html`<li>${words}</li>`)}</ul>`;
}

function touchReport(touched: Inbox['touched']): Html {
  return html`<h3>What was touched in the mailbox</h3>
${figures([
  ['Calls to Gmail', touched.calls],
  ['Quota units', touched.units],
  ['Message ids listed', touched.idsListed],
  ['Headers read', touched.headsRead],
  ['Whole messages read', touched.bodiesRead],
  ['Messages stored', touched.stored],
])}`;
}

function figures(all: (readonly [label: string, n: number])[]): Html {
  return html`<dl class="figures">${all.map(
    ([label, n]) => html`<div><dt>${label}</dt><dd>${count(n)}</dd></div>`,
  )}</dl>`;
}

/** Links and forms that fit the state of the inbox. */
export function inboxActions(inbox: InboxSummary | null): Html {
  return html`<div id="inbox-actions">${actionsOf(inbox)}</div>`;
}

function actionsOf(inbox: InboxSummary | null): Html | null {
  if (!inbox) return html`<p class="row"><a class="button primary" href="/connect">Connect Gmail</a></p>`;
  const { id, status, historyDeletedAt } = inbox;
  if (status === 'deleting') return null;
  const again = status === 'needs_reconnect' ? 'Reconnect Gmail' : 'Connect Gmail again';
  const forgotten = status === 'disconnected' && historyDeletedAt !== null;
  return html`<div class="row">
${status !== 'connected' && html`<a class="button primary" href="/connect">${again}</a>`}
${
  status !== 'disconnected' &&
  html`<form method="post" action="/disconnect"><input type="hidden" name="inbox" value="${id}">
<button>Disconnect</button></form>`
}</div>
${!forgotten && deleteForm(id)}`;
}

function deleteForm(id: string): Html {
  return html`<details><summary>Delete email history …</summary>
<form method="post" action="/delete-history">
<input type="hidden" name="inbox" value="${id}">
<p>Everything synced from this inbox is removed from the CRM, for good. Gmail keeps its email.</p>
<label for="confirm">Type “delete” to confirm</label>
<input id="confirm" name="confirm" required pattern="delete" autocomplete="off" autocapitalize="none">
<p class="row"><button class="danger">Delete email history</button></p>
</form></details>`;
}
