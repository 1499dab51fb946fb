import type { Pending } from './api-types.ts';
import { useResource } from './resource.ts';
import { html, Notice } from './ui.ts';
import { fullTime } from './words.ts';

/** Connections that wait for an administrator of the user's organisation. */
export function PendingConnections() {
  const { data } = useResource<{ pending: Pending[] }>('/api/v1/pending-connections');
  return html`${data?.pending.map((one) =>
    one.status === 'admin_agreed'
      ? html`<${Notice} key=${one.waitingPage} kind="warn" title="Your administrator has agreed.">
          <p><a href=${one.waitingPage}>Go on connecting</a></p></${Notice}>`
      : html`<${Notice} key=${one.waitingPage} kind="warn" title="Microsoft has not given access yet.">
          <p>If it asked for your administrator, send them this link. If you declined, connect again whenever you like.</p>
          <p><a href=${one.adminConsentUrl}>${one.adminConsentUrl}</a></p>
          <p>Then <a href=${one.waitingPage}>go on here</a>, in this browser, until ${fullTime(one.expiresAt)}.</p></${Notice}>`,
  )}`;
}
