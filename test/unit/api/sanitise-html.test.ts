import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sanitiseHtml } from '../../../api/sanitise-html.ts';
import { HTML_ATTACKS } from '../../support/html-attacks.ts';

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

describe('mail HTML', () => {
  it.each(HTML_ATTACKS)('is harmless: %s', (attack) => {
    for (const shown of [clean(attack), clean(attack, true)]) {
      expect(dangers(shown)).toEqual([]);
    }
  });

  it.each(HTML_ATTACKS)('stays as it is when cleaned again: %s', (attack) => {
    const once = clean(attack, true);
    expect(clean(once, true)).toBe(once);
  });

  it('is harmless however its pieces are put together', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...HTML_ATTACKS), { maxLength: 6 }),
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
