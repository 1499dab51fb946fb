import { Parser } from 'htmlparser2';
import sanitizeHtml, { type IOptions, type Tag } from 'sanitize-html';

/** Mail HTML that is safe to put into a page of ours. */
export interface SafeHtml {
  /** Null when it is nested too deep to be shown; the text version stands in for it. */
  html: string | null;
  /** Remote images left out; ask with `?images=show` to load them. */
  remoteImages: number;
  /** True when the mail was longer than is shown. */
  truncated: boolean;
}

interface SafeHtmlOptions {
  /** Remote images tell the sender when, where and with what the mail was read. */
  showRemoteImages: boolean;
  /** Address of an inline image by Content-ID; null drops it. */
  inlineImage: (contentId: string) => string | null;
}

/** Sanitising blocks the event loop, at worst about 1 MB a second. Gmail itself clips at 100 KB. */
const MAX_HTML_CHARS = 500_000;
/** Replies upon replies nest some hundred levels; sanitising takes quadratic time in the depth. */
const MAX_DEPTH = 1_000;
/** Longer ones are dropped unread. */
const MAX_STYLE_CHARS = 2_000;

const LENGTH = /^-?\d{1,4}(?:\.\d{1,3})?(?:px|em|rem|pt|%)?$/;
const LENGTHS =
  /^\d{1,4}(?:\.\d{1,3})?(?:px|em|rem|pt|%)?(?: \d{1,4}(?:\.\d{1,3})?(?:px|em|rem|pt|%)?){0,3}$/;
const COLOUR = /^(?:#[0-9a-f]{3,8}|[a-z]{3,20}|rgba?\( ?[0-9., %]{5,40}\))$/i;
const WORDS = /^[a-z -]{1,40}$/i;
const FONTS = /^[\w ,'"-]{1,200}$/;
const BORDER =
  /^(?:\d{1,2}(?:\.\d)?(?:px|pt)? ?)?(?:none|solid|dashed|dotted|double)?(?: (?:#[0-9a-f]{3,8}|[a-z]{3,20}))?$/i;

/** Nothing here takes a `url()`, positions an element or hides the page behind it. */
const STYLES: Record<string, RegExp[]> = {
  color: [COLOUR],
  'background-color': [COLOUR],
  'text-align': [WORDS],
  'text-decoration': [WORDS],
  'text-transform': [WORDS],
  'vertical-align': [WORDS],
  'white-space': [WORDS],
  'font-family': [FONTS],
  'font-size': [LENGTH, WORDS],
  'font-style': [WORDS],
  'font-weight': [/^(?:[1-9]00|normal|bold|bolder|lighter)$/],
  'line-height': [LENGTH],
  width: [LENGTH],
  'max-width': [LENGTH],
  height: [LENGTH],
  padding: [LENGTHS],
  'padding-left': [LENGTH],
  'padding-right': [LENGTH],
  'padding-top': [LENGTH],
  'padding-bottom': [LENGTH],
  margin: [LENGTHS],
  border: [BORDER],
  'border-left': [BORDER],
  'border-right': [BORDER],
  'border-top': [BORDER],
  'border-bottom': [BORDER],
  'border-collapse': [WORDS],
  'list-style-type': [WORDS],
};

const TAGS = [
  ...['a', 'abbr', 'address', 'article', 'aside', 'b', 'bdi', 'bdo', 'big', 'blockquote', 'br'],
  ...['caption', 'center', 'cite', 'code', 'col', 'colgroup', 'dd', 'del', 'details', 'dfn', 'div'],
  ...['dl', 'dt', 'em', 'figcaption', 'figure', 'font', 'footer', 'h1', 'h2', 'h3', 'h4', 'h5'],
  ...[
    'h6',
    'header',
    'hr',
    'i',
    'img',
    'ins',
    'kbd',
    'li',
    'main',
    'mark',
    'nav',
    'ol',
    'p',
    'pre',
  ],
  ...['q', 's', 'samp', 'section', 'small', 'span', 'strike', 'strong', 'sub', 'summary', 'sup'],
  ...['table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'time', 'tr', 'tt', 'u', 'ul', 'var', 'wbr'],
];

/** Dropped with what is in them; of all other unknown tags the text stays. */
const DROPPED_WHOLE = [
  ...[
    'script',
    'style',
    'title',
    'textarea',
    'option',
    'select',
    'noscript',
    'noembed',
    'noframes',
  ],
  ...['template', 'svg', 'math', 'xmp', 'iframe', 'object', 'embed', 'applet', 'audio', 'video'],
];

/** No `id`, `name` or `class`: they would reach into the page (DOM clobbering, borrowed styles). */
const ATTRIBUTES: IOptions['allowedAttributes'] = {
  '*': ['style', 'dir', 'lang', 'title', 'align', 'valign', 'bgcolor'],
  a: ['href', 'rel', 'target'],
  img: ['src', 'alt', 'width', 'height', 'referrerpolicy', 'loading', 'data-remote-image'],
  table: ['width', 'height', 'border', 'cellpadding', 'cellspacing', 'role'],
  td: ['width', 'height', 'colspan', 'rowspan'],
  th: ['width', 'height', 'colspan', 'rowspan', 'scope'],
  col: ['width', 'span'],
  font: ['color', 'face', 'size'],
  ol: ['start', 'type'],
  bdo: ['dir'],
};

/** The first half megabyte of it, by allow-lists for tags, attributes, addresses and styles. */
export function sanitiseHtml(html: string, options: SafeHtmlOptions): SafeHtml {
  const counter = { remoteImages: 0 };
  const shown = html.slice(0, MAX_HTML_CHARS);
  const truncated = html.length > MAX_HTML_CHARS;
  if (isTooDeep(shown)) return { html: null, ...counter, truncated };
  const clean = sanitizeHtml(shown, {
    allowedTags: TAGS,
    allowedAttributes: ATTRIBUTES,
    allowedSchemes: [],
    allowedSchemesByTag: { a: ['http', 'https', 'mailto'], img: ['http', 'https'] },
    allowedSchemesAppliedToAttributes: ['href', 'src'],
    allowProtocolRelative: false,
    parseStyleAttributes: false,
    nonTextTags: DROPPED_WHOLE,
    transformTags: {
      '*': withSafeStyle,
      a: safeLink,
      img: (_name, attributes) => safeImage(attributes, options, counter),
    },
  });
  return { html: clean, ...counter, truncated };
}

class TooDeep extends Error {
  override readonly name = 'TooDeep';
}

/** Asks the very parser that the sanitiser uses, and stops it early: 0.5 MB of `<b>` took 10 s. */
function isTooDeep(html: string): boolean {
  let depth = 0;
  const parser = new Parser({
    onopentag: () => {
      if (++depth > MAX_DEPTH) throw new TooDeep();
    },
    onclosetag: () => {
      depth--;
    },
  });
  try {
    parser.end(html);
    return false;
  } catch (error) {
    if (error instanceof TooDeep) return true;
    throw error;
  }
}

/** Runs after the transformers of single tags, so that no style escapes it. */
function withSafeStyle(tagName: string, { style, ...attribs }: Tag['attribs']): Tag {
  const safe = style && style.length <= MAX_STYLE_CHARS ? safeStyle(style) : '';
  return { tagName, attribs: safe ? { ...attribs, style: safe } : attribs };
}

/** Splitting at `;` alone is safe: what a quote or bracket held together then fits no pattern. */
function safeStyle(style: string): string {
  return style
    .split(';')
    .map((declaration) => {
      const colon = declaration.indexOf(':');
      const property = declaration.slice(0, Math.max(0, colon)).trim().toLowerCase();
      const value = declaration
        .slice(colon + 1)
        .replace(/!\s*important\s*$/i, '')
        .trim();
      const allowed = Object.hasOwn(STYLES, property) ? STYLES[property] : undefined;
      return allowed?.some((pattern) => pattern.test(value)) ? `${property}:${value}` : null;
    })
    .filter((declaration) => declaration !== null)
    .join(';');
}

/** A relative address would lead to a page of ours that the sender chose. */
function safeLink(_name: string, { href, title }: Tag['attribs']): Tag {
  if (!href || !/^(?:https?:\/\/|mailto:)/i.test(href.trim())) return { tagName: 'a', attribs: {} };
  const attribs = { href: href.trim(), target: '_blank', rel: 'noopener noreferrer nofollow' };
  return { tagName: 'a', attribs: title ? { ...attribs, title } : attribs };
}

function safeImage(
  { src = '', alt = '', width, height, style }: Tag['attribs'],
  { showRemoteImages, inlineImage }: SafeHtmlOptions,
  counter: { remoteImages: number },
): Tag {
  const kept: Tag['attribs'] = {
    alt,
    ...(width && { width }),
    ...(height && { height }),
    ...(style && { style }),
  };
  const address = src.trim();
  const contentId = /^cid:(.+)$/i.exec(address)?.[1];
  if (contentId) {
    const inline = inlineImage(decoded(contentId));
    return image(inline ? { ...kept, src: inline } : kept);
  }
  if (!/^(?:https?:)?\/\//i.test(address)) return image(kept);
  counter.remoteImages++;
  if (!showRemoteImages) return image({ ...kept, 'data-remote-image': 'blocked' });
  const absolute = address.startsWith('//') ? `https:${address}` : address;
  return image({ ...kept, src: absolute, referrerpolicy: 'no-referrer', loading: 'lazy' });
}

function image(attribs: Tag['attribs']): Tag {
  return { tagName: 'img', attribs };
}

/** RFC 2392: a Content-ID is percent-encoded in a cid address. */
function decoded(contentId: string): string {
  try {
    return decodeURIComponent(contentId);
  } catch {
    return contentId;
  }
}
