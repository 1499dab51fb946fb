import { useEffect, useState } from 'preact/hooks';
import type { ExplainedBackfill, OpsBackfill, OpsInboxes } from './api-types.ts';
import { ReplayButton } from './replay.ts';
import { ReplayAll } from './replay-all.ts';
import { useResource, useTick } from './resource.ts';
import { Failure, html, Loading, Page } from './ui.ts';
import { many, number, shortTime } from './words.ts';

/** No stream tells of other users’ inboxes. */
const LOOK_MS = 5_000;

const STATES = ['connected', 'needs_reconnect', 'disconnected', 'deleting'] as const;

/** For operators: states, counts and ids of every org, never any content. */
export function OperationsPage() {
  const version = useTick(LOOK_MS);
  return html`<${Page} title="Operations">
    <p class="lead">Every inbox of this deployment by its state, and what ended without everything. No content is shown here.</p>
    <${Inboxes} version=${version} />
    <${FailedBackfills} version=${version} />
  </${Page}>`;
}

function Inboxes({ version }: { version: string }) {
  const [status, setStatus] = useState<string>('needs_reconnect');
  const path = `/api/v1/ops/inboxes?limit=100&status=${status}`;
  const { data, error, reload } = useResource<OpsInboxes>(path, version);
  const [counts, setCounts] = useState<OpsInboxes['counts']>({});
  useEffect(() => {
    if (data) setCounts(data.counts);
  }, [data]);
  return html`<section aria-labelledby="ops-inboxes">
    <h2 id="ops-inboxes">Inboxes by state</h2>
    <div class="row" role="group" aria-label="State">${STATES.map(
      (one) =>
        html`<button type="button" aria-pressed=${one === status} onClick=${() => setStatus(one)}>${`${one.replace('_', ' ')} (${number(counts[one] ?? 0)})`}</button>`,
    )}</div>
    ${error && html`<${Failure} error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Loading} what="inboxes" />`}
    ${data?.inboxes.length === 0 && html`<p>No inbox is in this state.</p>`}
    ${
      data &&
      data.inboxes.length > 0 &&
      html`<div class="scroll" tabindex="0" role="region" aria-label="Inboxes"><table>
      <thead><tr><th scope="col">Inbox</th><th scope="col">Org</th><th scope="col">User</th><th scope="col">Provider</th><th scope="col">Synced to</th><th scope="col">Open gaps</th><th scope="col">Failed backfills</th></tr></thead>
      <tbody>${data.inboxes.map(
        (
          inbox,
        ) => html`<tr key=${inbox.id}><td><code>${inbox.id}</code></td><td>${inbox.orgId}</td><td>${inbox.userId}</td><td>${inbox.provider}</td>
          <td>${inbox.syncedAt ? shortTime(inbox.syncedAt) : 'never'}</td><td>${number(inbox.openGaps)}</td><td>${number(inbox.failedBackfills)}</td></tr>`,
      )}</tbody></table></div>
      ${data.nextCursor && html`<p class="dim">The newest 100 are shown.</p>`}`
    }
  </section>`;
}

function FailedBackfills({ version }: { version: string }) {
  const { data, error, reload } = useResource<{
    backfills: OpsBackfill[];
    nextCursor: string | null;
  }>('/api/v1/ops/backfills?failed=true&limit=100', version);
  return html`<section aria-labelledby="ops-backfills">
    <h2 id="ops-backfills">Backfills that ended without everything</h2>
    ${error && html`<${Failure} error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Loading} what="backfills" />`}
    ${data?.backfills.length === 0 && html`<p>There are none: every backfill went through everything, or was replayed.</p>`}
    ${data && data.backfills.length > 0 && html`<${ReplayAll} done=${reload} />`}
    <ul class="list">${data?.backfills.map((backfill) => html`<${FailedBackfill} key=${backfill.id} backfill=${backfill} version=${version} />`)}</ul>
    ${data?.nextCursor && html`<p class="dim">The newest 100 are shown. The rest follows once these are replayed, or with <code>npm run ops</code>.</p>`}
  </section>`;
}

function FailedBackfill({ backfill, version }: { backfill: OpsBackfill; version: string }) {
  const [open, setOpen] = useState(false);
  const explained = useResource<ExplainedBackfill>(
    open ? `/api/v1/ops/backfills/${backfill.id}` : null,
    version,
  );
  const { id, orgId, userId, kind, state, receipt } = backfill;
  return html`<li>
    <button type="button" class="line" aria-expanded=${open} onClick=${() => setOpen(!open)}>
      <strong>${kind}</strong> <span class="dim">${state.replaceAll('_', ' ')}, ${orgId}, ${userId}${receipt ? `, ${many(receipt.failed, 'message')} failed` : ''}</span></button>
    ${
      open &&
      html`<div class="body"><p><code>${id}</code></p>
      ${explained.error && html`<${Failure} error=${explained.error} />`}
      ${explained.data && html`<${Explained} backfill=${explained.data} />`}
      <${ReplayButton} path=${`/api/v1/ops/backfills/${id}/replay`} label="Replay" done=${explained.reload} /></div>`
    }
  </li>`;
}

/** Why, what to do, and how it stands by today's verdicts. */
function Explained({ backfill: { why, action, now, whole } }: { backfill: ExplainedBackfill }) {
  const { seen, stored, skipped, gone, failed, missing } = now;
  return html`<p>${why} ${action}</p>
    <p>${number(seen)} seen = ${number(stored)} stored + ${number(skipped)} left out + ${number(gone)} gone + ${number(failed)} failed + ${number(missing)} missing. ${whole ? 'It is whole.' : 'It is not whole.'}</p>`;
}
