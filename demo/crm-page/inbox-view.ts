import type { Backfill, Inbox, InboxSummary, Provider, RunningBackfill } from './api-shapes.ts';
import { count, time } from './format.ts';
import { type Html, html } from './html.ts';

export const NAMES: Record<Provider, string> = { gmail: 'Gmail', outlook: 'Outlook' };

const TONE: Record<InboxSummary['status'], string> = {
  connected: 'good',
  needs_reconnect: 'warn',
  disconnected: 'warn',
  deleting: 'warn',
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
  return status === 'deleting' || (status === 'connected' && backfills.running.some(isUnderWay));
}

const isUnderWay = ({ dueAt }: RunningBackfill): boolean => Date.parse(dueAt) <= Date.now();

/** What is known of the inbox; replaced as a whole while it is live. */
export function inboxState(inbox: Inbox | null, provider: Provider): Html {
  if (!inbox) {
    return html`<div id="state-${provider}" data-state>
<p class="status">Not connected</p>
<p>Connect Maya’s ${NAMES[provider]} to see her email with your contacts on their timelines. Access is read-only,
and email with nobody in the CRM is not stored.</p>
</div>`;
  }
  const { status, statusWords, reconnect, address } = inbox;
  const forgotten = isForgotten(inbox);
  return html`<div id="state-${provider}" data-state${isLive(inbox) && html` data-live`}>
${address && html`<p>${address}</p>`}
<p class="status ${forgotten ? '' : TONE[status]}">${statusWords}</p>
${reconnect && html`<p>${reconnect.words} ${reconnect.action}</p>`}
${!forgotten && status !== 'deleting' && syncState(inbox)}
</div>`;
}

/** A connect after the deletion begins a new history. */
const isForgotten = ({ status, historyDeletedAt, connectedAt }: InboxSummary): boolean =>
  status === 'disconnected' && historyDeletedAt !== null && connectedAt < historyDeletedAt;

function syncState({ status, provider, sync, backfills, gaps, touched }: Inbox): Html {
  return html`${status === 'connected' && [pushState(sync, provider), ...backfills.running.map(runningBackfill)]}
${backfills.last.map(receipt)}
${gaps.length > 0 && html`<h3>Gaps</h3><ul>${gaps.map((gap) => html`<li>${gap.words}</li>`)}</ul>`}
${touchReport(touched)}`;
}

function pushState({ caughtUpTo, push }: Inbox['sync'], provider: Provider): Html {
  return html`<p class="dim small">Caught up to: ${caughtUpTo ? time(caughtUpTo) : 'not yet'} ·
Push from ${NAMES[provider]}: ${push.active ? 'on' : 'not on yet'}${push.lastAt && html`, last at ${time(push.lastAt)}`}</p>`;
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
<progress max="${Math.max(1, progress.slices)}" value="${progress.slicesDone}"
aria-labelledby="backfill-${n}"></progress>
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

function touchReport(touched: Inbox['touched']): Html {
  return html`<h3>What was touched in the mailbox</h3>
${figures([
  ['Calls to the provider', touched.calls],
  ['Quota units', touched.units],
  ['Ids listed', touched.idsListed],
  ['Headers read', touched.headsRead],
  ['Emails read', touched.bodiesRead],
  ['Emails stored', touched.stored],
])}`;
}

function figures(all: (readonly [label: string, n: number])[]): Html {
  return html`<dl class="figures">${all.map(
    ([label, n]) => html`<div><dt>${label}</dt><dd>${count(n)}</dd></div>`,
  )}</dl>`;
}

/** Links and forms that fit the state of the inbox. */
export function inboxActions(inbox: InboxSummary | null, provider: Provider): Html {
  return html`<div id="actions-${provider}" data-state>${actionsOf(inbox, provider)}</div>`;
}

function actionsOf(inbox: InboxSummary | null, provider: Provider): Html | null {
  const name = NAMES[provider];
  const href = `/connect/${provider}`;
  if (!inbox) {
    return html`<p class="row"><a class="button primary" href="${href}">Connect ${name}</a></p>`;
  }
  const { id, status } = inbox;
  if (status === 'deleting') return null;
  const again = status === 'needs_reconnect' ? `Reconnect ${name}` : `Connect ${name} again`;
  return html`<div class="row">
${status !== 'connected' && html`<a class="button primary" href="${href}">${again}</a>`}
${
  status !== 'disconnected' &&
  html`<form method="post" action="/disconnect"><input type="hidden" name="inbox" value="${id}">
<button>Disconnect</button></form>`
}</div>
${!isForgotten(inbox) && deleteForm(id, provider)}`;
}

function deleteForm(id: string, provider: Provider): Html {
  return html`<details><summary>Delete email history …</summary>
<form method="post" action="/delete-history">
<input type="hidden" name="inbox" value="${id}">
<p>Everything synced from this inbox is removed from the CRM, for good. ${NAMES[provider]} keeps its email.</p>
<label for="confirm-${provider}">Type “delete” to confirm</label>
<input id="confirm-${provider}" name="confirm" required pattern="delete" autocomplete="off" autocapitalize="none">
<p class="row"><button class="danger">Delete email history</button></p>
</form></details>`;
}
