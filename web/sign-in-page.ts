import { html, Page } from './ui.ts';

/** Whoever comes here without a session is sent by their CRM, which alone knows who they are. */
export function SignInPage() {
  return html`<${Page} title="You are not signed in">
    <p>Open your CRM and choose <strong>Email settings</strong> there: it signs you in here.</p>
    <p>A session ends after eight hours, or when you sign out. Sync goes on without it.</p>
    <p><a href="/docs/email-sync">How email sync works</a></p>
  </${Page}>`;
}
