import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { addressParser } from 'postal-mime';
import { describe, expect, it, test } from 'vitest';
import { matchKeyOf } from '../../../domain/address.ts';
import { decodeHeaderText, parseAddressList } from '../../../domain/address-list.ts';

/** `name|address` of each mailbox. */
const read = (header: string) => parseAddressList(header).map((m) => `${m.name}|${m.address}`);

describe('address headers as they arrive (D1.25)', () => {
  test.each([
    ['nothing', '', []],
    ['commas only', ' , ,, ', []],
    ['a bare address', 'ann@x.com', ['|ann@x.com']],
    ['name and address', 'Ann Lee <ann@x.com>', ['Ann Lee|ann@x.com']],
    [
      'a quoted name with a comma',
      '"Lee, Ann" <ann@x.com>, b@y.com',
      ['Lee, Ann|ann@x.com', '|b@y.com'],
    ],
    ['escaped quotes', '"\\"Ann\\" L" <ann@x.com>', ['"Ann" L|ann@x.com']],
    ['quotes the sender put around a name', "'Ann Lee' <ann@x.com>", ['Ann Lee|ann@x.com']],
    ['a folded header', 'Ann\r\n\t<ann@x.com>,\r\n b@y.com', ['Ann|ann@x.com', '|b@y.com']],
    ['a comment', 'Ann (work) <ann@x.com> (really)', ['Ann|ann@x.com']],
    ['a comment as name', 'ann@x.com (Ann Lee)', ['Ann Lee|ann@x.com']],
    ['a nested comment', 'ann@x.com (a (b) c), b@y.com', ['a (b) c|ann@x.com', '|b@y.com']],
    ['a comment within the brackets', '<ann(work)@x.com>', ['|ann@x.com']],
    ['an empty group', 'undisclosed-recipients:;', []],
    [
      'a group',
      'Team: a@x.com, "B, C" <b@y.com>;, d@z.com',
      ['|a@x.com', 'B, C|b@y.com', '|d@z.com'],
    ],
    ['semicolons', 'a@x.com; B <b@y.com>', ['|a@x.com', 'B|b@y.com']],
    ['an empty address', 'Ann <>', []],
    ['an empty address beside a real one', 'ann@x.com <>', ['|ann@x.com']],
    [
      'a quoted local part with a comma',
      '"lee, ann"@x.com, b@y.com',
      ['|"lee, ann"@x.com', '|b@y.com'],
    ],
    ['the same in brackets', 'Ann <"lee, ann"@x.com>', ['Ann|"lee, ann"@x.com']],
    ['a quoted address as local part', '"ann@x.com"@y.com', ['|"ann@x.com"@y.com']],
    ['EAI and IDN', '用户 <用户@例え.jp>', ['用户|用户@例え.jp']],
    ['raw 8-bit, read as Latin-1', 'J\xf6rg <j@x.com>', ['J\xf6rg|j@x.com']],
    ['raw 8-bit, lost', 'J\ufffdrg <j@x.com>', ['J\ufffdrg|j@x.com']],
    ['a source route', '<@relay.example,@b.example:ann@x.com>', ['|ann@x.com']],
    ['a domain literal', 'a@[IPv6:fe80::1], b@[10.0.0.1]', ['|a@[IPv6:fe80::1]', '|b@[10.0.0.1]']],
    ['a mailto', 'Ann <mailto:ann@x.com>, mailto:b@y.com', ['Ann|ann@x.com', '|b@y.com']],
    ['Outlook plain text', 'Ann [mailto:ann@x.com]', ['|ann@x.com']],
    ['a double @, as written', 'ann@@x.com', ['|ann@@x.com']],
    ['a name alone', 'Ann Lee', []],
    ['X500 (D2.27)', '/O=EXCHANGELABS/CN=ANN', ['|/O=EXCHANGELABS/CN=ANN']],
    ['a quoted address and nothing else', '"ann@x.com"', ['|ann@x.com']],
  ])('%s', (_case, header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  test.each([
    ['Q', '=?utf-8?Q?J=C3=A9r=C3=B4me_B?= <j@x.com>', ['Jérôme B|j@x.com']],
    ['B', '=?UTF-8?B?SsOpcsO0bWU=?= <j@x.com>', ['Jérôme|j@x.com']],
    ['adjacent words', '=?utf-8?Q?J=C3=A9?= =?utf-8?Q?r=C3=B4me?= <j@x.com>', ['Jérôme|j@x.com']],
    [
      'a character split in two words',
      '=?utf-8?Q?J=C3?= =?utf-8?Q?=A9r?= <j@x.com>',
      ['Jér|j@x.com'],
    ],
    ['another charset', '=?iso-2022-jp?B?GyRCRnxLXBsoQg==?= <j@x.com>', ['日本|j@x.com']],
    ['in quotes, against the rules', '"=?utf-8?Q?J=C3=A9?=" <j@x.com>', ['Jé|j@x.com']],
    ['a comma, encoded', '=?utf-8?Q?Lee=2C_Ann?= <ann@x.com>', ['Lee, Ann|ann@x.com']],
    ['a comma, against the rules', '=?utf-8?Q?Lee,_Ann?= <ann@x.com>', ['Lee, Ann|ann@x.com']],
    ['name and address in one', '=?utf-8?Q?Ann_=3Cann=40x.com=3E?=', ['Ann|ann@x.com']],
    ['the address', 'Ann <=?utf-8?Q?ann=40x.com?=>', ['Ann|ann@x.com']],
  ])('encoded words: %s', (_case, header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  it('survives a charset nobody knows: a wrong name, the right address', () => {
    expect(parseAddressList('=?x-none?Q?J=C3=A9?= <j@x.com>')).toMatchObject([
      { address: 'j@x.com' },
    ]);
  });

  test.each([
    ['an unclosed quote', '"Ann <ann@x.com>, b@y.com', ['Ann|ann@x.com', '|b@y.com']],
    ['an unclosed bracket', 'Ann <ann@x.com, Bob <b@y.com>', ['Ann|ann@x.com', 'Bob|b@y.com']],
    ['an unclosed comment', 'ann@x.com (work, b@y.com', ['(work|ann@x.com', '|b@y.com']],
    ['a missing comma', 'ann@x.com b@y.com', ['|ann@x.com', '|b@y.com']],
    ['missing brackets', '"Ann @ Work" ann@x.com', ['Ann @ Work|ann@x.com']],
    ['a missing comma after a bracket', '<ann@x.com> <b@y.com>', ['|ann@x.com', '|b@y.com']],
    ['a missing semicolon', 'Team: ann@x.com, b@y.com', ['|ann@x.com', '|b@y.com']],
    ['a stray bracket', 'ann@x.com>, b@y.com', ['|ann@x.com', '|b@y.com']],
    ['a stray <', 'A < B <ann@x.com>', ['|ann@x.com']],
  ])('loses no recipient to %s (I1)', (_case, header, expected) => {
    expect(read(header)).toEqual(expected);
  });

  it('takes no address from a display name (I3)', () => {
    for (const name of ['"ann@x.com"', 'ann@x.com', '=?utf-8?Q?ann=40x.com?=', "'ann@x.com'"]) {
      expect(parseAddressList(`${name} <mallory@y.com>`).map((m) => m.address)).toEqual([
        'mallory@y.com',
      ]);
    }
  });
});

describe('a hostile header', () => {
  const MEGABYTE = 1 << 20;
  // quadratic work over a megabyte takes minutes, linear work some 100 ms, or seconds on a busy machine
  const LIMIT_MS = 20_000;
  const units = [
    ...['(', '<', '"', '[', 'a,', '<@,', '<(', '"\\', '=?', 'a@b ', ':a;', '<mailto:'],
    ...['=?utf-8?B?QUFB?=', '=?a?q?a=40b?=,', `"${'=?utf-8?B?QUFB?='.repeat(60)}" <a@b>,`],
    ...[`${'>'.repeat(990)}a@x,`, `${"'".repeat(490)}a@x${"'".repeat(490)},`],
    ...[`@${',@'.repeat(480)} `],
  ];
  test.each(units.map((unit) => [unit.length > 24 ? `${unit.slice(0, 24)}…` : unit, unit]))(
    'of %j again and again costs linear time',
    (_name, unit) => {
      const start = performance.now();
      parseAddressList(`<"${unit.repeat(Math.ceil(MEGABYTE / unit.length))}`);
      expect(performance.now() - start).toBeLessThan(LIMIT_MS);
    },
    60_000,
  );

  it('that decodes in quadratic time is decoded in part', () => {
    const start = performance.now();
    const text = decodeHeaderText('=?utf-8?B?QUFB?='.repeat(MEGABYTE / 16));
    expect(performance.now() - start).toBeLessThan(LIMIT_MS);
    expect(text.startsWith('AAAAAA')).toBe(true);
  });

  it('of any make never throws, and finds only addresses with text on both sides of an @', () => {
    const piece = fc.constantFrom(
      ...'"<>(),:;@\\[] \t\r\n=?aé\0',
      ...[
        'ann@x.com',
        '=?utf-8?Q?a=40b?=',
        'Team:',
        '"a, b"',
        '(c)',
        '<b@y.com>',
        '/o=x',
        '\ud800',
      ],
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.string({ unit: 'binary' }),
        (list, junk) => {
          for (const header of [list.join(''), junk]) {
            for (const { name, address } of parseAddressList(header)) {
              expect(address).toMatch(/^[^@].*@.|^\/o=/is);
              expect(name).not.toMatch(/[\r\n\0]/);
            }
          }
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('round-trips what a well-behaved program writes', () => {
    const name = fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map((s) => s.trim());
    const address = fc.emailAddress();
    const mailbox = fc.record({ name, address });
    fc.assert(
      fc.property(fc.array(mailbox, { maxLength: 8 }), (list) => {
        const header = list
          .map((m) => `"${m.name.replace(/["\\]/g, '\\$&')}" <${m.address}>`)
          .join(', ');
        expect(parseAddressList(header).map((m) => m.address)).toEqual(list.map((m) => m.address));
      }),
    );
  });
});

const CORPUS = '/work/shared/corpus';

describe.skipIf(!existsSync(CORPUS))('the corpus of real mail', () => {
  const headers = readdirSync(CORPUS)
    .filter((file) => file.endsWith('.eml'))
    .flatMap((file) => addressHeaders(readFileSync(`${CORPUS}/${file}`, 'latin1')));

  it('yields addresses', () => {
    expect(headers.length).toBeGreaterThan(100);
    expect(headers.flatMap(parseAddressList).length).toBeGreaterThan(100);
  });

  it('loses no mailbox that postal-mime finds (I1)', () => {
    const keys = (addresses: string[]) => addresses.map(matchKeyOf).filter((key) => key !== null);
    for (const header of headers) {
      const ours = keys(parseAddressList(header).map((m) => m.address));
      const theirs = keys(addressParser(header, { flatten: true }).map((m) => m.address ?? ''));
      expect(ours, header).toEqual(expect.arrayContaining(theirs));
    }
  });
});

function addressHeaders(eml: string): string[] {
  const head = eml.split(/\r?\n\r?\n/, 1)[0] ?? '';
  const unfolded = head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const pattern = /^(?:from|sender|reply-to|to|cc|bcc):\s*(.*)$/i;
  return unfolded.flatMap((line) => pattern.exec(line)?.[1] ?? []);
}
