import { createHash } from 'node:crypto';
import type { Response } from 'express';

/** Small pages of ours: one inline style, nothing else may load or run. */
const STYLE = `
:root { color-scheme: light dark; --ink: #1c1d21; --dim: #56585f; --paper: #fdfdfc; --line: #d9dadf; --link: #1d4ed8; --code: #f1f1ee; }
@media (prefers-color-scheme: dark) { :root { --ink: #e9e9ec; --dim: #a6a8b1; --paper: #17181b; --line: #3a3c43; --link: #93b4ff; --code: #24262b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 system-ui, sans-serif; }
.skip { position: absolute; left: -999rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: .5rem 1rem; }
main, footer { max-width: 44rem; margin: 0 auto; padding: 1.5rem 1.25rem; overflow-wrap: anywhere; }
footer { color: var(--dim); font-size: .9375rem; border-top: 1px solid var(--line); }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; } h2 { margin-top: 2.25rem; } h3 { margin-top: 1.75rem; }
a { color: var(--link); } a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
code { background: var(--code); padding: .1em .3em; border-radius: 3px; font-size: .9em; }
pre { background: var(--code); padding: 1rem; overflow-x: auto; border-radius: 6px; } pre code { padding: 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .45rem .6rem; text-align: left; vertical-align: top; }
`;

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${STYLE_HASH}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export interface Page {
  title: string;
  /** HTML we have written ourselves, or escaped. */
  body: string;
  footer?: string;
  status?: number;
  cacheControl?: string;
}

export function sendPage(res: Response, page: Page): void {
  res
    .status(page.status ?? 200)
    .set('Content-Security-Policy', POLICY)
    .set('Cache-Control', page.cacheControl ?? 'no-store')
    .type('html')
    .send(render(page));
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function render({ title, body, footer }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<main id="content">
${body}
</main>
${footer ? `<footer>${footer}</footer>` : ''}
</body>
</html>
`;
}
