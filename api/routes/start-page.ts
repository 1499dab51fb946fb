import type { RequestHandler } from 'express';
import { escapeHtml, sendPage } from '../page.ts';

/** `GET /`: what is here. */
export function startPage(version: string): RequestHandler {
  return (_req, res) => {
    sendPage(res, {
      title: 'Sambandh email sync',
      body: `<h1>Sambandh email sync</h1>
<p>Brings email between you and your CRM contacts onto their timelines. Version ${escapeHtml(version)}.</p>
<ul>
<li><a href="/docs/email-sync">How email sync works</a>, for the people whose inbox it is</li>
<li><code>/api/v1</code>: the API, for CRM developers; it takes a bearer token</li>
<li><a href="/healthz">/healthz</a> and <a href="/readyz">/readyz</a>: is it alive, can it serve</li>
</ul>`,
    });
  };
}
