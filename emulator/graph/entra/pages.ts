import type { OutlookAccount } from '../context.ts';
import { PERMISSION_TEXT } from './scopes.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #5c5c5c; --line: #d2d2d2; --card: #fff;
  --page: #f2f2f2; --blue: #0067b8 }
@media (prefers-color-scheme: dark) { :root { --ink: #ececec; --soft: #adadad; --line: #444;
  --card: #1f1f1f; --page: #121212; --blue: #6cb8f6 } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--page);
  color: var(--ink); font: 15px/1.5 'Segoe UI', system-ui, sans-serif; padding: 16px }
main { width: 100%; max-width: 440px; background: var(--card); padding: 40px;
  box-shadow: 0 2px 6px #0003 }
.mark { display: inline-block; border: 1px dashed var(--soft); color: var(--soft); font-size: 13px;
  padding: 2px 10px }
h1 { font-size: 24px; line-height: 1.25; font-weight: 600; margin: 20px 0 8px }
p { color: var(--soft); margin: 4px 0 16px; overflow-wrap: anywhere }
label, .account { display: block; width: 100%; text-align: left; padding: 12px 8px; cursor: pointer;
  border: 0; border-bottom: 1px solid var(--line); background: none; color: inherit; font: inherit }
small { display: block; color: var(--soft); overflow-wrap: anywhere }
ul { padding-left: 20px; margin: 0 0 16px } li { margin: 6px 0 }
.row { display: flex; gap: 8px; justify-content: flex-end; margin-top: 24px; flex-wrap: wrap }
.row button { font: inherit; border: 1px solid var(--line); background: none; color: inherit;
  padding: 6px 20px; min-width: 108px; cursor: pointer }
.row button.go { background: var(--blue); border-color: var(--blue); color: var(--card) }
:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px }`;

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

const page = (title: string, body: string): string =>
  `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main><span class="mark">Microsoft emulator, made-up accounts only</span>
${body}
</main></body></html>`;

const form = (request: string, body: string): string =>
  `<form method="post" action="/_entra/decide">
<input type="hidden" name="request" value="${request}">
${body}
</form>`;

/** Every account, each a button; works without scripts. */
export const chooserPage = (request: string, accounts: readonly OutlookAccount[]): string =>
  page(
    'Pick an account',
    `<h1>Pick an account</h1>${form(
      request,
      accounts
        .map(
          ({ person }) =>
            `<button class="account" name="account" value="${escapeHtml(person.userPrincipalName)}">${escapeHtml(person.displayName)}<small>${escapeHtml(person.userPrincipalName)}${person.isAdmin ? ', administrator' : ''}${person.kind === 'personal' ? ', personal' : ''}</small></button>`,
        )
        .join('\n') || '<p>No account fits.</p>',
    )}`,
  );

const list = (permissions: readonly string[]): string =>
  `<ul>${permissions.map((name) => `<li>${escapeHtml(PERMISSION_TEXT[name] ?? name)}<small>${escapeHtml(name)}</small></li>`).join('')}</ul>`;

interface ConsentInput {
  request: string;
  appName: string;
  account: string;
  permissions: readonly string[];
  /** Accepting holds for everybody in the organisation. */
  forOrganisation: boolean;
}

export const consentPage = (input: ConsentInput): string =>
  page(
    'Permissions requested',
    `<p>${escapeHtml(input.account)}</p>
<h1>Permissions requested${input.forOrganisation ? '<small>Review for your organisation</small>' : ''}</h1>
<p>${escapeHtml(input.appName)} would like to:</p>
${list(input.permissions)}
<p>Accepting these permissions means that you allow this app to use your data as said in its terms.
You can change this at myapps.microsoft.com.</p>
${form(
  input.request,
  `<input type="hidden" name="account" value="${escapeHtml(input.account)}">
<div class="row"><button name="action" value="cancel">Cancel</button>
<button class="go" name="action" value="accept">Accept</button></div>`,
)}`,
  );

/** The wall: only an administrator can let the app in. */
export const wallPage = (input: ConsentInput): string =>
  page(
    'Need admin approval',
    `<p>${escapeHtml(input.account)}</p>
<h1>Need admin approval</h1>
<p>${escapeHtml(input.appName)} needs permission to access resources in your organisation that only
an admin can grant. Please ask an admin to grant permission to this app before you can use it.</p>
${list(input.permissions)}
${form(
  input.request,
  `<input type="hidden" name="account" value="${escapeHtml(input.account)}">
<div class="row"><button name="action" value="other">Have an admin account? Sign in with that account</button>
<button class="go" name="action" value="return">Return to the application without granting consent</button></div>`,
)}`,
  );

export const errorPage = (message: string): string =>
  page(
    'Sign in',
    `<h1>Sorry, but we’re having trouble signing you in.</h1><p>${escapeHtml(message)}</p>`,
  );

/** `response_mode=form_post`: the browser posts the answer by itself. */
export const formPostPage = (uri: string, values: Record<string, string>): string =>
  `<html><head><title>Working...</title></head><body><form method="POST" name="hiddenform" action="${escapeHtml(uri)}">${Object.entries(
    values,
  )
    .map(
      ([name, value]) =>
        `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}" />`,
    )
    .join(
      '',
    )}<noscript><p>Script is disabled. Click Submit to continue.</p><input type="submit" value="Submit" /></noscript></form><script>document.forms[0].submit();</script></body></html>`;
