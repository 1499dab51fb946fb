import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { get, onSignedOut, send } from './api.ts';
import type { SessionView } from './api-types.ts';
import { closeStream, openStream } from './change-stream.ts';
import { ContactPage } from './contact-page.ts';
import { ContactsPage } from './contacts-page.ts';
import { hasDrafts } from './drafts.ts';
import { EmailPage } from './email-page.ts';
import { keepFocus } from './keep-focus.ts';
import { useIsLive } from './live.ts';
import { OperationsPage } from './operations-page.ts';
import { PrivacyPage } from './privacy-page.ts';
import { useTask } from './resource.ts';
import { SignInPage } from './sign-in-page.ts';
import { Action, Failure, html, Loading, Notice, Page } from './ui.ts';

const PAGES = [
  { path: /^\/contacts$/, page: ContactsPage },
  { path: /^\/contacts\/([^/]+)$/, page: ContactPage },
  { path: /^\/settings\/email(?:\/([^/]+))?$/, page: EmailPage },
  { path: /^\/settings\/privacy$/, page: PrivacyPage },
  { path: /^\/operations$/, page: OperationsPage },
] as const;

const START = '/settings/email';

/** What follows the `#`: the whole page is one document, so that moving about loads nothing. */
function usePath(): string {
  const read = (): string => location.hash.slice(1) || START;
  const [path, setPath] = useState(read());
  useEffect(() => {
    const follow = (): void => {
      setPath(read());
      scrollTo(0, 0);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return path;
}

function App() {
  const [session, setSession] = useState<SessionView | 'none' | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [ended, setEnded] = useState(false);
  const path = usePath();
  useEffect(() => {
    // What is being written would be lost with the page that it is written on.
    onSignedOut(() => (hasDrafts() ? setEnded(true) : setSession('none')));
    get<SessionView>('/session').then(setSession, setError);
  }, []);
  const signedIn = session !== null && session !== 'none' && !ended;
  useEffect(() => {
    if (!signedIn) return;
    openStream();
    return closeStream;
  }, [signedIn]);
  if (session === 'none') return html`<main id="content"><${SignInPage} /></main>`;
  if (error) return html`<main id="content"><${Failure} error=${error} /></main>`;
  if (!session) return html`<main id="content"><${Loading} what="your settings" /></main>`;
  return html`<${Header} session=${session} path=${path} />
    <main id="content">${ended && html`<${SessionEnded} session=${session} back=${() => setEnded(false)} />`}<${Offline} /><${CurrentPage} path=${path} session=${session} /></main>
    <${Footer} />`;
}

function CurrentPage({ path, session }: { path: string; session: SessionView }) {
  for (const { path: pattern, page } of PAGES) {
    const match = pattern.exec(path);
    const id = match && decoded(match[1] ?? '');
    if (id !== null) return html`<${page} key=${path} session=${session} id=${id} />`;
  }
  return html`<${Page} title="There is no such page">
    <p>Begin at <a href="#/settings/email">Settings → Email</a>.</p>
  </${Page}>`;
}

/** @returns null when the address is broken */
function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

function Header({ session, path }: { session: SessionView; path: string }) {
  const links: [string, string][] = [
    ['/contacts', 'Contacts'],
    ['/settings/email', 'Email'],
    ['/settings/privacy', 'Privacy'],
  ];
  if (session.roles.includes('ops')) links.push(['/operations', 'Operations']);
  const signOut = async (): Promise<void> => {
    await send('DELETE', '/session');
    location.assign('/');
  };
  return html`<a class="skip" href="#content" onClick=${skip}>Skip to the content</a>
    <header>
      <span class="brand">Sambandh</span>
      <nav aria-label="Main">${links.map(
        ([to, label]) =>
          html`<a href=${`#${to}`} aria-current=${path.startsWith(to) ? 'page' : undefined}>${label}</a>`,
      )}</nav>
      <button type="button" class="quiet" onClick=${signOut}>Sign out</button>
    </header>`;
}

/** A link to a place in the document would be taken for a page. */
function skip(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('h1')?.focus();
}

/** The page stays as it is, with what is being written on it. */
function SessionEnded({ session, back }: { session: SessionView; back: () => void }) {
  const look = useTask(async () => {
    const { orgId, userId } = await get<SessionView>('/session');
    if (orgId === session.orgId && userId === session.userId) back();
    // Somebody else's page by now.
    else location.reload();
  });
  return html`<${Notice} kind="bad" title="Your session has ended.">
    <p>What you are writing is still here. Open your CRM in another tab and choose Email settings there, which signs you in; then go on here.</p>
    <${Action} label="I am signed in again" busyLabel="Looking …" busy=${look.busy} onClick=${() => look.run()} />
    ${look.error && html`<p>You are not signed in yet.</p>`}
  </${Notice}>`;
}

function Offline() {
  if (useIsLive()) return null;
  return html`<${Notice} title="Changes do not come in by themselves at the moment.">
    <p>The connection to the server broke, and is being made again. Sync itself goes on.</p>
  </${Notice}>`;
}

function Footer() {
  return html`<footer>
    <a href="/docs/email-sync">How email sync works</a> · <a href="/docs/api">API</a>
  </footer>`;
}

const place = document.getElementById('app') as HTMLElement;
place.replaceChildren();
keepFocus(place);
render(html`<${App} />`, place);
