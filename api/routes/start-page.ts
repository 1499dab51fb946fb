import { escapeHtml, sendPage } from '../page.ts';
import { defineRoute, page } from '../route.ts';
import { VERSION } from '../version.ts';

export const startPage = defineRoute({
  method: 'get',
  path: '/',
  name: 'startPage',
  tag: 'Pages',
  summary: 'What is here',
  responses: { 200: page('What is here.') },
}).handle(
  () =>
    ({ res }) =>
      sendPage(res, {
        title: 'Sambandh email sync',
        body: `<h1>Sambandh email sync</h1>
<p>Brings email between you and your CRM contacts onto their timelines. Version ${escapeHtml(VERSION)}.</p>
<ul>
<li><a href="/docs/email-sync">How email sync works</a>, for the people whose inbox it is</li>
<li><a href="/docs/api">The API</a>, for CRM developers; as a document: <a href="/openapi.json">/openapi.json</a></li>
<li><a href="/healthz">/healthz</a> and <a href="/readyz">/readyz</a>: is it alive, can it serve</li>
</ul>`,
      }),
);
