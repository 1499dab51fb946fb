import { useEffect, useState } from 'preact/hooks';
import type { Pending } from './api-types.ts';
import { expectOutcome } from './outcome.ts';
import { useResource, useTick } from './resource.ts';
import { html, Notice } from './ui.ts';
import { fullTime } from './words.ts';

/** As long as one waits. */
const LOOK_MS = 10_000;

/** Connections that wait for an administrator of the user's organisation. */
export function PendingConnections() {
  const [waits, setWaits] = useState(false);
  const path = '/api/v1/pending-connections';
  const { data } = useResource<{ pending: Pending[] }>(path, useTick(waits ? LOOK_MS : 0));
  useEffect(() => setWaits((data?.pending.length ?? 0) > 0), [data]);
  return html`${data?.pending.map((one) =>
    one.status === 'admin_agreed'
      ? html`<${Notice} key=${one.waitingPage} kind="warn" title="Your administrator has agreed.">
          <p><a href=${one.waitingPage} onClick=${expectOutcome}>Go on connecting</a></p></${Notice}>`
      : html`<${Notice} key=${one.waitingPage} kind="warn" title="Microsoft has not given access yet.">
          <p>If it asked for your administrator, send them this link. If you declined, connect again whenever you like.</p>
          <p><a href=${one.adminConsentUrl}>${one.adminConsentUrl}</a></p>
          <p>Then <a href=${one.waitingPage} onClick=${expectOutcome}>go on here</a>, in this browser, until ${fullTime(one.expiresAt)}.</p></${Notice}>`,
  )}`;
}
