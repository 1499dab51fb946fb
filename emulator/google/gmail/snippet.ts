import { readableText } from '../../shared/mime/text.ts';
import type { MimeNode } from '../../shared/mime/tree.ts';

/** About what Gmail shows; the exact cut is not documented. */
const SNIPPET_LENGTH = 200;

/** The start of the readable text on one line, HTML-escaped as the API hands it out. */
export const toSnippet = (raw: Buffer, root: MimeNode): string => {
  const text = readableText(raw, root)
    .slice(0, SNIPPET_LENGTH * 8)
    .replace(/\s+/g, ' ')
    .trim();
  return escapeHtml(text.length <= SNIPPET_LENGTH ? text : cutAtWord(text));
};

const cutAtWord = (text: string): string => {
  const space = text.lastIndexOf(' ', SNIPPET_LENGTH);
  return text.slice(0, space > SNIPPET_LENGTH / 2 ? space : SNIPPET_LENGTH);
};

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
