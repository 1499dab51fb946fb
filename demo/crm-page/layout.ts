import { createHash } from 'node:crypto';
import { Html, html } from './html.ts';
import { STYLE } from './style.ts';

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
}

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

/** One style of ours, and forms for this server and the product's. */
export function pageHeaders(apiUrl: string): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': [
      "default-src 'none'",
      `style-src 'sha256-${STYLE_HASH}'`,
      `form-action 'self' ${apiUrl}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cache-control': 'no-store',
  };
}

export function renderPage({ title, body }: Page, links: Links): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Sample CRM</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header><a href="/">Sample CRM</a> <span>Brightwater · signed in as Maya</span></header>
<main id="content">
${body}
</main>
${footer(links)}
</body>
</html>
`.text;
}

function footer({ docs, api, emulator, temporal, mail }: Links): Html {
  return html`<footer>
<p>A stand-in for your CRM. It signs you in at Sambandh by posting a token of its own making.</p>
<nav aria-label="Behind this page"><ul>
<li><a href="${docs}">Documentation for users</a></li>
${temporal ? html`<li><a href="${temporal}">Temporal UI</a></li>` : null}
${mail ? html`<li><a href="${mail}">Mail catcher</a></li>` : null}
<li><a href="${api}">API</a></li>
<li><a href="${emulator}/_emulator/">The providers, emulated</a></li>
</ul></nav>
</footer>`;
}
