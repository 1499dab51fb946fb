import type { MailboxIdentity } from '../../shared/mailbox/mailbox.ts';
import type { PendingConsent } from './authorize.ts';
import { isIdentity, SCOPE_TEXT } from './scopes.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --card: #fff;
  --page: #f3f5f8; --blue: #0b57d0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #a9b1ba; --line: #3d444d;
  --card: #1c2026; --page: #101318; --blue: #8ab4f8; } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--page);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; padding: 16px }
main { width: 100%; max-width: 520px; background: var(--card); border: 1px solid var(--line);
  border-radius: 20px; padding: 32px }
.mark { display: inline-block; border: 1px dashed var(--soft); border-radius: 99px; color: var(--soft);
  font-size: 13px; padding: 2px 12px }
h1 { font-size: 24px; line-height: 1.25; font-weight: 500; margin: 20px 0 4px }
p { color: var(--soft); margin: 4px 0 16px }
fieldset { border: 0; border-top: 1px solid var(--line); margin: 0; padding: 8px 0 }
legend { font-weight: 600; padding: 12px 8px 0 0 }
label { display: flex; gap: 12px; align-items: flex-start; padding: 10px 4px; cursor: pointer }
input { width: 18px; height: 18px; margin-top: 3px; accent-color: var(--blue) }
small { display: block; color: var(--soft); overflow-wrap: anywhere }
.row { display: flex; gap: 12px; justify-content: flex-end; margin-top: 20px }
button { font: inherit; font-weight: 500; border-radius: 99px; border: 1px solid var(--line);
  background: none; color: var(--blue); padding: 8px 24px; cursor: pointer }
button[value=allow] { background: var(--blue); border-color: var(--blue); color: var(--card) }
:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px }`;

const page = (title: string, body: string): string =>
  `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main><span class="mark">Google emulator, made-up accounts only</span>
${body}
</main></body></html>`;

interface ConsentPageInput {
  id: string;
  pending: PendingConsent;
  accounts: readonly MailboxIdentity[];
  /** Preselected account; null shows every account to choose from. */
  account: string | null;
}

/** One plain form: account, one box per scope, Cancel and Continue. Works without scripts. */
export const consentPage = ({ id, pending, accounts, account }: ConsentPageInput): string => {
  const name = escapeHtml(pending.client.name);
  const asked = pending.scopes.filter((scope) => !isIdentity(scope));
  return page(
    `${pending.client.name} wants access`,
    `<h1>${name} wants access to your Google Account</h1>
<p>Signing in lets ${name} see your name and email address.</p>
<form method="post" action="/o/oauth2/v2/auth/consent">
<input type="hidden" name="request" value="${id}">
${accountField(accounts, account)}
${asked.length > 0 ? `<fieldset><legend>Select what ${name} can access</legend>${asked.map(scopeBox).join('')}</fieldset>` : ''}
<p>You can take this back at any time under Apps with access.</p>
<div class="row"><button name="action" value="deny">Cancel</button>
<button name="action" value="allow">Continue</button></div>
</form>`,
  );
};

const accountField = (accounts: readonly MailboxIdentity[], account: string | null): string => {
  const shown = account === null ? accounts : accounts.filter((one) => one.address === account);
  const legend = account === null ? 'Choose an account' : 'Account';
  return `<fieldset><legend>${legend}</legend>${shown.map((one, index) => accountBox(one, index === 0)).join('')}</fieldset>`;
};

const accountBox = ({ address, displayName }: MailboxIdentity, checked: boolean): string =>
  `<label><input type="radio" name="account" value="${escapeHtml(address)}"${checked ? ' checked' : ''} required>
<span>${escapeHtml(displayName)}<small>${escapeHtml(address)}</small></span></label>`;

const scopeBox = (scope: string): string =>
  `<label><input type="checkbox" name="scope" value="${escapeHtml(scope)}" checked>
<span>${escapeHtml(SCOPE_TEXT[scope] ?? scope)}<small>${escapeHtml(scope)}</small></span></label>`;

export const errorPage = (code: string, message: string): string =>
  page(
    `Error 400: ${code}`,
    `<h1>Access blocked: this app's request is invalid</h1>
<p>${escapeHtml(message)}</p><p>Error 400: <strong>${escapeHtml(code)}</strong></p>`,
  );

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
