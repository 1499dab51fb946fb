import { decodeEntities, findLeaf } from '../../shared/mime/text.ts';
import { decodeBody, decodeCharset } from '../../shared/mime/transfer.ts';
import type { MimeNode } from '../../shared/mime/tree.ts';

export type BodyType = 'text' | 'html';

export interface ItemBody {
  contentType: BodyType;
  content: string;
}

const PREVIEW = 255;

const leafText = (raw: Buffer, root: MimeNode, mimeType: string): string | null => {
  const leaf = findLeaf(root, mimeType);
  return leaf && decodeCharset(decodeBody(raw, leaf), leaf.charset);
};

/** Line breaks where a reader sees them. */
const htmlToText = (page: string): string =>
  decodeEntities(
    page
      .replace(/<(style|script|head|title)\b[\s\S]*?<\/\1\s*>/gi, '')
      .replace(/<!--[\s\S]*?-->/g, '')
      .replace(/\s+/g, ' ')
      .replace(/<br\s*\/?>|<\/(p|div|tr|h\d|li)\s*>/gi, '\r\n')
      .replace(/<[^>]*>/g, ''),
  ).trim();

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const textToHtml = (text: string): string =>
  `<html><head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head><body><div class="PlainText">${escapeHtml(text).replace(/\r?\n/g, '<br>\r\n')}</div></body></html>`;

/** Graph takes active content out unless asked not to. */
const sanitise = (page: string): string =>
  page
    .replace(/<script\b[\s\S]*?<\/script\s*>/gi, '')
    .replace(/\son\w+\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/gi, '');

/**
 * The body in the form asked for; without a wish in the form it was sent. Exchange keeps the best
 * body only, so the text of a message with both is made from its HTML.
 */
export const readBody = (raw: Buffer, root: MimeNode, wanted: BodyType | null): ItemBody => {
  const page = leafText(raw, root, 'text/html');
  if (page !== null) {
    return wanted === 'text'
      ? { contentType: 'text', content: htmlToText(page) }
      : { contentType: 'html', content: sanitise(page) };
  }
  const text = leafText(raw, root, 'text/plain') ?? '';
  return wanted === 'html'
    ? { contentType: 'html', content: textToHtml(text) }
    : { contentType: 'text', content: text };
};

/** What the sender added above the quotation; nothing when all of it is quoted. */
export const uniquePart = ({ contentType, content }: ItemBody): ItemBody => {
  const mark = contentType === 'html' ? /<blockquote\b|<hr\b/i : /^On .{10,120} wrote:|^>/m;
  const at = content.search(mark);
  return { contentType, content: at < 0 ? content : content.slice(0, at).trimEnd() };
};

export const previewOf = (raw: Buffer, root: MimeNode): string =>
  readBody(raw, root, 'text')
    .content.replace(/[ \t]+/g, ' ')
    .trim()
    .slice(0, PREVIEW);
