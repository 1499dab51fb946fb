import { readFileSync } from 'node:fs';
import { Marked } from 'marked';
import { escapeHtml, sendPage } from '../page.ts';
import { defineRoute, page } from '../route.ts';
import { VERSION } from '../version.ts';
import { windowDays } from '../window-days.ts';

const SOURCE = new URL('../../docs/email-sync.md', import.meta.url);

export const docsPage = defineRoute({
  method: 'get',
  path: '/docs/email-sync',
  name: 'docsPage',
  tag: 'Pages',
  summary: 'The documentation for users, of the very version that serves it (P11)',
  responses: { 200: page('The documentation.') },
}).handle((ctx) => {
  // Rendered once: a broken page is seen when the process starts, not by its first reader.
  const days = `${windowDays(ctx)} days`;
  // Anchors, which others link to, stay as they are.
  const body = render(readFileSync(SOURCE, 'utf8')).replaceAll('90 days', days);
  return ({ res }) =>
    sendPage(res, {
      title: 'Email sync · Sambandh',
      body,
      footer: `<p>Sambandh email sync, version ${escapeHtml(VERSION)}. This page ships with the product.</p>`,
      cacheControl: 'public, max-age=300',
    });
});

/** Headings get ids to link to; tables scroll by themselves on small screens. */
function render(markdown: string): string {
  const marked = new Marked({
    gfm: true,
    renderer: {
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${slug(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
    },
  });
  const html = marked.parse(markdown, { async: false });
  return html
    .replaceAll('<table>', '<div class="scroll" tabindex="0"><table>')
    .replaceAll('</table>', '</table></div>')
    .replaceAll('<th>', '<th scope="col">');
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
}
