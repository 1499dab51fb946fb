import { useEffect, useRef, useState } from 'preact/hooks';
import { send } from './api.ts';
import type { DisconnectAnswer, Inbox, InboxDetail } from './api-types.ts';
import { LastRun, RunningBackfills } from './backfills.ts';
import { Disconnect } from './disconnect.ts';
import { Gaps } from './gaps.ts';
import { useVersion } from './live.ts';
import { goToProvider, type Told } from './outcome.ts';
import { useResource, useTask } from './resource.ts';
import { RevokeLinks } from './revoke-links.ts';
import { ScopePicker } from './scope-picker.ts';
import { keptWords } from './scope-words.ts';
import { Sending } from './sending.ts';
import { untilOtherwise, wordsNow } from './still-holds.ts';
import { TouchReport } from './touch-report.ts';
import { Action, Failure, html, Loading, Notice } from './ui.ts';
import { Unsent } from './unsent.ts';
import { fullTime, PROVIDERS } from './words.ts';

const STATUS = {
  connected: { label: 'Connected', kind: 'good' },
  needs_reconnect: { label: 'Needs you', kind: 'bad' },
  disconnected: { label: 'Disconnected', kind: 'off' },
  deleting: { label: 'Being deleted', kind: 'warn' },
} as const;

/** Connected, and yet nothing comes in. */
const NEEDS_CHOICE = { label: 'Needs you', kind: 'warn' } as const;

const waits = ({ status, problem, scope }: Inbox): boolean =>
  status === 'connected' && (problem !== null || scope.kind === 'unchosen');

interface Props {
  inbox: Inbox;
  changed: () => void;
  /** The page was opened for this one. */
  begin: boolean;
  /** How the consent for it ended, where the browser has just come back from one. */
  told: Told | null;
}

/** One inbox: how it stands, and what can be done with it. */
export function InboxCard({ inbox, changed, begin, told }: Props) {
  const version = useVersion(inbox.id);
  const detail = useResource<InboxDetail>(`/api/v1/inboxes/${inbox.id}`, version);
  const shown = detail.data ?? inbox;
  const { label, kind } = waits(shown) ? NEEDS_CHOICE : STATUS[shown.status];
  const provider = PROVIDERS[shown.provider];
  const title = shown.address ?? `${provider.name} inbox`;
  const [holds] = useState(() => told && untilOtherwise(told, inbox));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (begin) heading.current?.focus();
  }, []);
  const update = (): void => {
    detail.reload();
    changed();
  };
  return html`<section class="card" aria-labelledby=${`inbox-${inbox.id}`}>
    <div class="card-head">
      <h2 id=${`inbox-${inbox.id}`} tabindex="-1" ref=${heading}>${title}</h2>
      <span class="badge ${kind}">${label}</span>
    </div>
    <p class="dim" role="status">${provider.name} · ${shown.statusWords}</p>
    ${told && holds?.(shown) && html`<${Outcome} told=${told} title=${title} inbox=${detail.data} />`}
    ${shown.status === 'needs_reconnect' && html`<${NeedsReconnect} inbox=${shown} />`}
    ${shown.problem && html`<${Notice} kind="warn" title=${shown.problem.words}><p>${shown.problem.action}</p></${Notice}>`}
    ${detail.error && html`<${Failure} error=${detail.error} retry=${detail.reload} />`}
    ${!detail.data && !detail.error && html`<${Loading} what="its details" />`}
    ${detail.data && html`<${Details} inbox=${detail.data} update=${update} />`}
  </section>`;
}

interface OutcomeProps {
  told: Told;
  title: string;
  /** Null as long as it is not known. */
  inbox: InboxDetail | null;
}

/** Where that is good, it names the inbox. */
function Outcome({ told, title, inbox }: OutcomeProps) {
  const { kind, title: said } = told;
  const words = wordsNow(told, inbox?.backfills.running ?? []);
  return html`<${Notice} kind=${kind} title=${kind === 'good' ? `${said}: ${title}.` : `${said}.`}>
    ${words && html`<p>${words}</p>`}
  </${Notice}>`;
}

interface DetailsProps {
  inbox: InboxDetail;
  update: () => void;
}

function Details({ inbox, update }: DetailsProps) {
  const [answer, setAnswer] = useState<DisconnectAnswer | null>(null);
  const connected = inbox.status === 'connected';
  const reads = connected && inbox.scope.kind !== 'unchosen';
  const disconnected = (told: DisconnectAnswer): void => {
    setAnswer(told);
    update();
  };
  return html`
    ${reads && html`<${RunningBackfills} inbox=${inbox} />`}
    <${LastRun} inbox=${inbox} />
    <${Gaps} gaps=${inbox.gaps} />
    ${reads && !inbox.problem && html`<${SyncLine} inbox=${inbox} />`}
    ${connected && html`<${ScopePicker} inbox=${inbox} changed=${update} />`}
    ${connected && html`<${Sending} inbox=${inbox} changed=${update} />`}
    <${Unsent} key=${inbox.sending ? 'sends' : 'rests'} inbox=${inbox} />
    <${TouchReport} inbox=${inbox} />
    ${inbox.status === 'disconnected' && html`<${Disconnected} inbox=${inbox} answer=${answer} />`}
    ${
      (connected || inbox.status === 'needs_reconnect') &&
      html`<${Disconnect} inbox=${inbox} disconnected=${disconnected} />`
    }
    ${
      inbox.status === 'deleting' &&
      html`<p>See its progress under <a href="#/settings/privacy">Privacy</a>. The inbox can be connected again afterwards.</p>`
    }
  `;
}

function SyncLine({ inbox }: { inbox: InboxDetail }) {
  const { caughtUpTo, push } = inbox.sync;
  if (!caughtUpTo)
    return html`<p class="dim">New email is looked for as soon as the inbox is open.</p>`;
  return html`<p class="dim">${isWhole(inbox) && html`Up to date as of <time datetime=${caughtUpTo}>${fullTime(caughtUpTo)}</time>.${' '}`}${push.active ? 'New email is announced by the provider, usually within seconds.' : 'New email is looked for every few minutes.'}</p>`;
}

/** Runs that only look whether anything is missing. */
const LOOKS: readonly string[] = ['recheck', 'check'];

/** Whether nothing is known to be missing: else it is not up to date, however fresh the newest email. */
function isWhole({ backfills: { running, last }, gaps }: InboxDetail): boolean {
  const ended = last.find(({ kind }) => !LOOKS.includes(kind));
  return (
    running.every(({ kind }) => LOOKS.includes(kind)) &&
    gaps.every(({ closedAt }) => closedAt !== null) &&
    ended?.state !== 'failed'
  );
}

function NeedsReconnect({ inbox }: { inbox: Inbox }) {
  return html`<${Notice} kind="bad" title=${inbox.reconnect?.words ?? 'The provider no longer lets us in.'}>
    <p>${inbox.reconnect?.action}</p>
    <${Reconnect} inbox=${inbox} />
  </${Notice}>`;
}

interface DisconnectedProps {
  inbox: InboxDetail;
  answer: DisconnectAnswer | null;
}

function Disconnected({ inbox, answer }: DisconnectedProps) {
  // Another disconnect since then has a higher epoch, and may have gone otherwise.
  const revocation = answer?.epoch === inbox.epoch ? answer.revocation : null;
  return html`<div>
    ${revocation && html`<${Notice} kind=${revocation.revoked ? 'good' : 'warn'} title=${revocation.words} />`}
    ${inbox.historyDeletedAt && html`<p>Its email history was deleted on ${fullTime(inbox.historyDeletedAt)}.</p>`}
    <p>Our copy of the access is gone.${' '}${
      !revocation?.revoked &&
      html`To take back the permission itself, open <${RevokeLinks} provider=${inbox.provider} /> and remove Sambandh there.`
    }</p>
    <p>Reconnect, and ${keptWords(inbox)}.</p>
    <${Reconnect} inbox=${inbox} />
  </div>`;
}

function Reconnect({ inbox }: { inbox: Inbox }) {
  const reconnect = useTask(async () => {
    const { authorizationUrl } = await send<{ authorizationUrl: string }>(
      'POST',
      `/api/v1/inboxes/${inbox.id}/reconnect`,
      { returnTo: '/#/settings/email' },
    );
    goToProvider(authorizationUrl);
  });
  return html`<${Action} label="Reconnect" busyLabel="Opening …" kind="primary"
      busy=${reconnect.busy} onClick=${() => reconnect.run()} />
    ${reconnect.error && html`<${Failure} error=${reconnect.error} />`}`;
}
