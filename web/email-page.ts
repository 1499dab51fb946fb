import { useState } from 'preact/hooks';
import { send } from './api.ts';
import type { Inbox, SessionView } from './api-types.ts';
import { InboxCard } from './inbox-card.ts';
import { useVersion } from './live.ts';
import { goToProvider, outcomeOf } from './outcome.ts';
import { PendingConnections } from './pending.ts';
import { useResource, useTask } from './resource.ts';
import { Action, Failure, html, Loading, Notice, Page } from './ui.ts';
import { PROVIDERS, type ProviderName } from './words.ts';

interface Props {
  session: SessionView;
  /** Of the inbox to begin at; empty: the top. */
  id: string;
}

/** Settings → Email: the user's inboxes, and how to connect one. */
export function EmailPage({ session: { windowDays }, id }: Props) {
  const version = useVersion();
  const { data, error, reload } = useResource<{ inboxes: Inbox[] }>('/api/v1/inboxes', version);
  const [outcome] = useState(() => outcomeOf(windowDays));
  const about = outcome?.inboxId ?? null;
  // In the box of its inbox; above all where there is none, or none that is this user's. What waits
  // for an administrator is told of below, with the link for them.
  const boxed = data ? data.inboxes.some((one) => one.id === about) : about !== null && !error;
  return html`<${Page} title="Email">
    <p class="lead">Connect your inbox, and the email between you and your contacts comes onto their timelines.
      Your teammates do not see it unless you share a thread.</p>
    ${outcome && !boxed && outcome.code !== 'admin_consent_needed' && html`<${Notice} kind=${outcome.kind} title=${`${outcome.title}.`}><p>${outcome.words}</p></${Notice}>`}
    <${PendingConnections} />
    ${error && html`<${Failure} error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Loading} what="your inboxes" />`}
    ${data?.inboxes.map(
      (inbox) => html`<${InboxCard} key=${inbox.id} inbox=${inbox} changed=${reload}
      begin=${inbox.id === (about ?? id)} told=${inbox.id === about ? outcome : null} />`,
    )}
    ${data && html`<${Connect} first=${data.inboxes.length === 0} windowDays=${windowDays} />`}
  </${Page}>`;
}

function Connect({ first, windowDays }: { first: boolean; windowDays: number }) {
  const [later, setLater] = useState(false);
  const begin = useTask(async (provider: ProviderName) => {
    const { authorizationUrl } = await send<{ authorizationUrl: string }>(
      'POST',
      '/api/v1/inboxes',
      {
        provider,
        ...(later && { scope: { kind: 'unchosen' } }),
        returnTo: '/#/settings/email',
      },
    );
    goToProvider(authorizationUrl);
  });
  return html`<section class="card" aria-labelledby="connect-title">
    <h2 id="connect-title">${first ? 'Connect your first inbox' : 'Connect another inbox'}</h2>
    <p>You give your consent on the provider’s own page; we never see your password.
      Read-only: nothing is sent, changed or deleted in your mailbox.</p>
    <label class="choice"><input type="checkbox" checked=${later} onChange=${() => setLater(!later)} />
      <span>I choose the label or folder after connecting <span class="dim">Nothing is read until you have chosen.</span></span></label>
    <div class="row">${(['gmail', 'outlook'] as const).map(
      (
        provider,
      ) => html`<${Action} label=${`Connect ${PROVIDERS[provider].name}`} busyLabel="Opening …"
        kind="primary" busy=${begin.busy} onClick=${() => begin.run(provider)} />`,
    )}</div>
    ${begin.error && html`<${Failure} error=${begin.error} />`}
    <details><summary>What happens then?</summary>
      <ul>
        <li>The last ${windowDays} days of email with your contacts are brought in, newest first: at once, or once you have chosen the label or folder. You get an email when it is done.</li>
        <li>New email comes in by itself, usually within seconds.</li>
        <li>You can narrow it to one label or folder, disconnect, and delete what was synced, at any time.</li>
      </ul>
    </details>
  </section>`;
}
