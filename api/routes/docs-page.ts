import { readFile } from 'node:fs/promises';
import type { RequestHandler } from 'express';
import { Marked } from 'marked';
import { escapeHtml, sendPage } from '../page.ts';

const SOURCE = new URL('../../docs/email-sync.md', import.meta.url);

/**
 * `GET /docs/email-sync`: the product's documentation, of the very version that serves it (P11).
 * Rendered once: a broken page is seen when the process starts, not by its first reader.
 */
export async function docsPage(version: string): Promise<RequestHandler> {
  const body = render(await readFile(SOURCE, 'utf8'));
  return (_req, res) => {
    sendPage(res, {
      title: 'Email sync · Sambandh',
      body,
      footer: `<p>Sambandh email sync, version ${escapeHtml(version)}. This page ships with the product.</p>`,
      cacheControl: 'public, max-age=300',
    });
  };
}

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
