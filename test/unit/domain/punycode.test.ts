import { domainToASCII, domainToUnicode } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { unicodeDomain } from '../../../domain/punycode.ts';

it('decodes what Node encodes', () => {
  for (const domain of ['bücher.example', '例え.jp', 'straße.de', 'пример.рф', '☃.net', 'x.com']) {
    expect(unicodeDomain(domainToASCII(domain))).toBe(domain);
  }
});

it('agrees with Node on every label Node can encode', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), (label) => {
      const ascii = domainToASCII(`${label}.com`);
      if (ascii.startsWith('xn--')) expect(unicodeDomain(ascii)).toBe(domainToUnicode(ascii));
    }),
    { numRuns: 2_000 },
  );
});

it('leaves labels that do not decode, and never throws', () => {
  expect(unicodeDomain('xn--99999999.com')).toBe('xn--99999999.com');
  expect(unicodeDomain('xn--.com')).toBe('.com');
  fc.assert(
    fc.property(fc.string({ maxLength: 63 }), (text) => {
      expect(typeof unicodeDomain(`xn--${text}`)).toBe('string');
    }),
  );
});
