import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { matchKeyOf, matchKeysOf, splitKey } from '../../../domain/address.ts';

const same = (...addresses: string[]) => new Set(addresses.map(matchKeyOf)).size === 1;

describe('match key: the same mailbox, written differently (P1, D1.25–26, D2.29)', () => {
  test.each([
    ['case', ['Ann.Lee@X.com', 'ann.lee@x.COM']],
    ['Gmail dots', ['a.n.n.lee@gmail.com', 'annlee@gmail.com']],
    ['Gmail tags', ['annlee+crm@gmail.com', 'ann.lee+a+b@gmail.com', 'annlee@gmail.com']],
    ['googlemail', ['annlee@googlemail.com', 'Ann.Lee@GoogleMail.com', 'annlee@gmail.com']],
    ['IDN: U-label and A-label', ['a@bücher.example', 'a@xn--bcher-kva.example']],
    ['IDN: upper case', ['a@BÜCHER.example', 'a@XN--BCHER-KVA.example', 'a@bücher.example']],
    ['IDN: decomposed letters', ['a@bu\u0308cher.example', 'a@bücher.example']],
    ['IDN: ideographic full stop', ['a@例え。jp', 'a@例え.jp', 'a@xn--r8jz45g.jp']],
    ['trailing dot of the domain', ['ann@x.com.', 'ann@x.com']],
    ['angle brackets', ['<ann@x.com>', '<ann@x.com', ' <ann@x.com> ', 'ann@x.com']],
    ['quotes around it', ["'ann@x.com'", '"ann@x.com"', 'ann@x.com']],
    ['mailto and smtp', ['mailto:ann@x.com', 'SMTP:ann@x.com', '<mailto:ann@x.com>', 'ann@x.com']],
    ['source route', ['<@relay.example,@b.example:ann@x.com>', 'ann@x.com']],
    ['list punctuation', ['ann@x.com,', 'ann@x.com;', 'ann@x.com']],
    ['needless quotes of the local part', ['"ann"@x.com', '"a\\nn"@x.com', 'ann@x.com']],
    ['EAI: Unicode form and case', ['JOSE\u0301@x.com', 'josé@x.com']],
    ['EAI: final sigma', ['ΝΙΚΟΣ@x.gr', 'νικος@x.gr', 'νικοσ@x.gr']],
    ['pasted zero-width space', ['ann@x.com\u200b', '\ufeffann@x.com', 'ann@x.com']],
    ['domain literal', ['ann@[IPv6:FE80::1]', 'ann@[ipv6:fe80::1]']],
  ])('%s', (_case, addresses) => {
    expect(addresses.map(matchKeyOf)).not.toContain(null);
    expect(same(...addresses)).toBe(true);
  });

  test.each([
    ['dots count outside Gmail', 'a.nn@x.com', 'ann@x.com'],
    ['tags are kept outside Gmail', 'ann+crm@x.com', 'ann@x.com'],
    ['gmail is not a suffix', 'a.b@notgmail.com', 'ab@notgmail.com'],
    ['nor a prefix', 'a.b@gmail.com.br', 'ab@gmail.com.br'],
    ['ß is not ss in a domain', 'a@straße.de', 'a@strasse.de'],
    ['VERP', 'bounces+ann=x.com@mailer.example', 'bounces+bob=x.com@mailer.example'],
  ])('%s', (_case, one, other) => {
    expect(same(one, other)).toBe(false);
  });

  test.each([
    ['no @', 'ann'],
    ['two @', 'ann@@x.com'],
    ['two @, apart', 'ann@x.com@y.com'],
    ['no local part', '@x.com'],
    ['no domain', 'ann@'],
    ['nothing', ''],
    ['a Gmail address of dots', '...@gmail.com'],
    ['a Gmail address of a tag', '+tag@gmail.com'],
    ['a space', 'ann lee@x.com'],
    ['a space in the domain', 'ann@x .com'],
    ['a control character', 'ann\u0000@x.com'],
    ['a control character in quotes', '"an\u0007n"@x.com'],
    ['a line break', 'ann@x.com\nbcc@y.com'],
    ['half a surrogate pair', 'ann\ud800@x.com'],
    ['over 320 characters', `${'a'.repeat(320)}@x.com`],
    ['a megabyte', `${'a'.repeat(1 << 20)}@x.com`],
    ['a label over 63 characters', `ann@${'a'.repeat(64)}.com`],
    ['an empty label', 'ann@x..com'],
    ['a label that begins with a hyphen', 'ann@-x.com'],
    ['a label that ends with one', 'ann@x-.com'],
    ['a URL in the domain', 'ann@x.com/y'],
    ['a port', 'ann@x.com:80'],
    ['percent encoding', 'ann@%78.com'],
    ['percent encoding in an IDN', 'ann@%78ü.com'],
    ['a character that becomes a slash', 'ann@x℀.com'],
    ['an IPv4 address without brackets', 'ann@127.0.0.1'],
    ['X500 (D2.27)', '/O=EXCHANGELABS/OU=EXCHANGE ADMINISTRATIVE GROUP/CN=RECIPIENTS/CN=ANN'],
    ['X500 with an @', '/o=ExchangeLabs/cn=ann@x.com'],
    ['X500 in SMTP clothes', 'IMCEAEX-_O=EXCHANGELABS_CN=ann@namprd.prod.outlook.com'],
  ])('is null for %s', (_case, address) => {
    expect(matchKeyOf(address)).toBeNull();
  });

  it('keeps quotes where the local part needs them (D1.25)', () => {
    expect(matchKeyOf('"Lee, Ann"@x.com')).toBe('"lee, ann"@x.com');
    expect(matchKeyOf('"a@b"@x.com')).toBe('"a@b"@x.com');
    expect(matchKeyOf('"a\\"b"@x.com')).toBe('"a\\"b"@x.com');
  });

  it('keeps addresses that real providers hand out against the rules', () => {
    expect(matchKeyOf('a..b.@docomo.example')).toBe('a..b.@docomo.example');
    expect(matchKeyOf('ann@x_y.com')).toBe('ann@x_y.com');
    expect(matchKeyOf("o'brien@x.com")).toBe("o'brien@x.com");
    expect(matchKeyOf('用户@例え.jp')).toBe('用户@xn--r8jz45g.jp');
  });
});

describe('match keys of a participant look past the tag, those of a contact do not', () => {
  it('finds ann@x.com for mail to ann+crm@x.com', () => {
    expect(matchKeysOf('Ann+CRM@x.com')).toEqual(['ann+crm@x.com', 'ann@x.com']);
  });
  it('has one key without a tag, at Gmail, for quoted local parts, and none for junk', () => {
    expect(matchKeysOf('ann@x.com')).toEqual(['ann@x.com']);
    expect(matchKeysOf('ann+crm@gmail.com')).toEqual(['ann@gmail.com']);
    expect(matchKeysOf('"a, b+c"@x.com')).toEqual(['"a, b+c"@x.com']);
    expect(matchKeysOf('+49123@x.com')).toEqual(['+49123@x.com']);
    expect(matchKeysOf('undisclosed-recipients')).toEqual([]);
  });
  it('does not merge two conversation addresses of a helpdesk', () => {
    expect(matchKeysOf('reply+8b2c@helpdesk.example')).not.toContain(
      matchKeyOf('reply+7f3a@helpdesk.example'),
    );
  });
});

describe('match key, for any input', () => {
  const localChars = fc.constantFrom(...'abcxyzABCXYZ0189._-é');
  const local = fc
    .string({ unit: localChars, minLength: 1, maxLength: 20 })
    .map((text) => `a${text}`);
  const domain = fc.constantFrom('x.com', 'Bücher.example', 'gmail.com', 'mail.googlemail.com');
  const junk = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(...'ab@."\\<>+, :;()[]\'İßΣ\u200b\u0301。'), maxLength: 30 }),
    fc
      .tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))
      .map((p) => p.join('@')),
  );

  it('never throws, and its key is its own key', () => {
    fc.assert(
      fc.property(junk, (text) => {
        const key = matchKeyOf(text);
        if (key === null) return;
        expect(matchKeyOf(key)).toBe(key);
        expect(key.length).toBeLessThanOrEqual(320);
        expect(key).not.toMatch(/\p{Cc}/u);
        expect(splitKey(key).domain).toMatch(/^(?:[a-z0-9._-]+|\[[0-9a-fipv.:]+\])$/);
      }),
      { numRuns: 5_000 },
    );
  });

  it('does not depend on case, brackets or a trailing dot', () => {
    fc.assert(
      fc.property(local, domain, (l, d) => {
        const key = matchKeyOf(`${l}@${d}`);
        expect(key).not.toBeNull();
        for (const variant of [`${l}@${d}`.toUpperCase(), `<${l}@${d}>`, ` ${l}@${d}. `]) {
          expect(matchKeyOf(variant)).toBe(key);
        }
      }),
    );
  });

  it('does not depend on dots, tag or domain name at Gmail', () => {
    const tag = fc.string({ unit: localChars, maxLength: 10 });
    fc.assert(
      fc.property(local, tag, fc.nat(), (l, t, where) => {
        const at = 1 + (where % l.length);
        const dotted = `${l.slice(0, at)}.${l.slice(at)}+${t}`;
        expect(matchKeyOf(`${dotted}@googlemail.com`)).toBe(matchKeyOf(`${l}@gmail.com`));
      }),
    );
  });

  it('has the exact key first and tags lead to the address without', () => {
    fc.assert(
      fc.property(local, fc.string({ unit: localChars }), (l, t) => {
        const keys = matchKeysOf(`${l}+${t}@x.com`);
        expect(keys).toEqual([matchKeyOf(`${l}+${t}@x.com`), matchKeyOf(`${l}@x.com`)]);
      }),
    );
  });
});
