import { createHash } from 'node:crypto';
import { Html, html } from './html.ts';
import { LIVE_SCRIPT, STYLE } from './style.ts';

export interface Links {
  docs: string;
  api: string;
  emulator: string;
  temporal?: string;
  mail?: string;
}

export interface Page {
  title: string;
  body: Html;
  status?: number;
  /** Whether the state is of the moment, so that the page looks again by itself. */
  live?: boolean;
  /** A mail's own inline styles; they load nothing. Default false. */
  mailStyles?: boolean;
}

const hash = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** One style and one script of ours; pictures only through this server. */
function policy(mailStyles: boolean): string {
  return [
    "default-src 'none'",
    `style-src-elem ${hash(STYLE)}`,
    `style-src-attr ${mailStyles ? "'unsafe-inline'" : "'none'"}`,
    `script-src ${hash(LIVE_SCRIPT)}`,
    "connect-src 'self'",
    "img-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

export function pageHeaders({ mailStyles = false }: Page): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy(mailStyles),
    'cache-control': 'no-store',
  };
}

export function renderPage({ title, body, live = false }: Page, links: Links): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Sample CRM</title>
<style>${new Html(STYLE)}</style>
${live && html`<noscript><meta http-equiv="refresh" content="2"></noscript>`}
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><a href="/">Sample CRM</a> <span>Brightwater · signed in as Maya</span></header>
<main id="content">
${body}
</main>
${footer(links)}
${live && html`<script>${new Html(LIVE_SCRIPT)}</script>`}
</body>
</html>
`.text;
}

function footer({ docs, api, emulator, temporal, mail }: Links): Html {
  return html`<footer>
<p>A stand-in for your CRM. It calls the email sync API with Maya’s token, which stays on its server.</p>
<nav aria-label="Behind this page"><ul>
<li><a href="${docs}">Documentation for users</a></li>
${temporal ? html`<li><a href="${temporal}">Temporal UI</a></li>` : null}
${mail ? html`<li><a href="${mail}">Mail catcher</a></li>` : null}
<li><a href="${api}">API</a></li>
<li><a href="${emulator}/_emulator/">The providers, emulated</a></li>
</ul></nav>
</footer>`;
}
