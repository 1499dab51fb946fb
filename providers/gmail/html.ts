import { compile } from 'html-to-text';
import { cleanText } from './text.ts';

/** HTML above this is stripped of tags without building a tree: newsletters reach megabytes. */
const MAX_TREE_CHARS = 500_000;

const toText = compile({
  wordwrap: false,
  limits: { maxDepth: 100, maxInputLength: MAX_TREE_CHARS },
  selectors: [
    { selector: 'a', options: { ignoreHref: true } },
    { selector: 'img', format: 'skip' },
    { selector: 'h1', options: { uppercase: false } },
    { selector: 'h2', options: { uppercase: false } },
    { selector: 'h3', options: { uppercase: false } },
    { selector: 'h4', options: { uppercase: false } },
    { selector: 'h5', options: { uppercase: false } },
    { selector: 'h6', options: { uppercase: false } },
    { selector: 'table', format: 'block' },
  ],
});

/** Readable text of an HTML-only mail. Never throws. */
export const htmlToText = (html: string): { text: string; defect: string | null } => {
  if (html.length > MAX_TREE_CHARS) return { text: stripTags(html), defect: null };
  try {
    return { text: cleanText(toText(html)), defect: null };
  } catch {
    return { text: stripTags(html), defect: 'html: could not be parsed' };
  }
};

/** Text as HTML that shows the same. */
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"]/g, (char) => ESCAPES[char] ?? char);

/** Undoes HTML escapes in one pass, so that `&amp;lt;` stays `&lt;`. */
export const unescapeHtml = (text: string): string =>
  text.includes('&')
    ? cleanText(text.replaceAll(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,5}));/gi, unescapeOne))
    : text;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

const unescapeOne = (whole: string, decimal?: string, hex?: string, named?: string): string => {
  if (named) return NAMED[named.toLowerCase()] ?? whole;
  const code = decimal ? Number(decimal) : Number.parseInt(hex ?? '', 16);
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
};

/** Not a sanitiser: the result is stored and shown as plain text only. */
const stripTags = (html: string): string => {
  const pieces: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    pieces.push(html.slice(at, open < 0 ? undefined : open));
    if (open < 0) break;
    const close = html.indexOf('>', open);
    if (close < 0) break;
    at = close + 1;
  }
  return unescapeHtml(pieces.join(' '))
    .replaceAll(/[ \t]{2,}/g, ' ')
    .trim();
};
