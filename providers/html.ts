import { compile } from 'html-to-text';
import { cleanText } from './text.ts';

/** HTML above this is read without building a tree: newsletters reach megabytes. */
const MAX_TREE_CHARS = 300_000;
/** The same for nesting: html-to-text needs 15 s for 480 KB of `<ul><li>` never closed. */
const MAX_OPEN_TAGS = 250;

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

/** Readable text of an HTML-only mail. Never throws; time grows with the length only. */
export const htmlToText = (html: string): { text: string; defect: string | null } => {
  if (html.length > MAX_TREE_CHARS || isDeep(html)) return { text: stripTags(html), defect: null };
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

/** Tags that need no end, so that many of them open are no sign of depth. */
const UNCLOSED = new Set(
  'area base br col dd dt hr img input li link meta option p source tbody td th thead tr wbr'.split(
    ' ',
  ),
);
const BREAKING = new Set(
  'blockquote br div h1 h2 h3 h4 h5 h6 hr li p pre table tr ul ol'.split(' '),
);
const TAG = /<(\/?)([a-z][a-z0-9]*)/gi;

const isDeep = (html: string): boolean => {
  let open = 0;
  for (const [, slash, name = ''] of html.matchAll(TAG)) {
    if (UNCLOSED.has(name.toLowerCase())) continue;
    open = Math.max(0, open + (slash ? -1 : 1));
    if (open > MAX_OPEN_TAGS) return true;
  }
  return false;
};

/** One pass, no tree. Not a sanitiser: the result is stored and shown as plain text only. */
const stripTags = (html: string): string => {
  const pieces: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    pieces.push(html.slice(at, open < 0 ? undefined : open).replaceAll(/\s+/g, ' '));
    const close = open < 0 ? -1 : html.indexOf('>', open);
    if (close < 0) break;
    const name = /^\/?([a-z][a-z0-9]*)/i.exec(html.slice(open + 1, open + 20))?.[1]?.toLowerCase();
    at = name === 'style' || name === 'script' ? endOfRaw(html, name, close) : close + 1;
    pieces.push(BREAKING.has(name ?? '') ? '\n' : name === 'td' ? ' ' : '');
  }
  return unescapeHtml(pieces.join(''))
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ ?\n[\n ]*/g, '\n')
    .trim();
};

/** Behind the end tag of an element whose content is no text. */
const endOfRaw = (html: string, name: string, from: number): number => {
  const end = new RegExp(`</${name}[^>]*>`, 'gi');
  end.lastIndex = from;
  return end.test(html) ? end.lastIndex : html.length;
};
