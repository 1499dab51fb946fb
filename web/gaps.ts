import type { InboxDetail } from './api-types.ts';
import { html } from './ui.ts';
import { sentence } from './words.ts';

const CAUSES: Record<InboxDetail['gaps'][number]['cause'], string> = {
  cursor_expired: 'the provider no longer knew where we had stopped',
  disconnected: 'the inbox was disconnected',
  revoked: 'the permission had ended',
  downtime: 'sync was down',
  missed_notification: 'the provider did not announce new email',
  scope_gone: 'the label or folder of the scope did not exist any more',
  missed: 'a check found that something was missing',
};

/** Times that sync did not see, and whether they are caught up. */
export function Gaps({ gaps }: { gaps: InboxDetail['gaps'] }) {
  const open = gaps.filter(({ closedAt }) => closedAt === null);
  const closed = gaps.filter(({ closedAt }) => closedAt !== null);
  if (gaps.length === 0) return null;
  return html`<div>
    ${open.map(
      (gap) =>
        html`<p key=${gap.id} role="status"><strong>${sentence(gap.words)}</strong> <span class="dim">Because ${CAUSES[gap.cause]}.</span></p>`,
    )}
    ${
      closed.length > 0 &&
      html`<details><summary>Interruptions that were caught up (${closed.length})</summary>
      <ul>${closed.map((gap) => html`<li key=${gap.id}>${sentence(gap.words)} <span class="dim">Because ${CAUSES[gap.cause]}.</span></li>`)}</ul>
    </details>`
    }
  </div>`;
}
