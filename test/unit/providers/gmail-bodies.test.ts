import { describe, expect, it } from 'vitest';
import { mapMessage } from '../../../providers/gmail/map.ts';
import { file, headers, leaf, message, multipart, type PayloadPart } from './gmail-payloads.ts';

const read = (payload: PayloadPart, more?: Record<string, unknown>) => {
  const mapped = mapMessage(message(payload, more));
  if (!mapped.ok) throw new Error(mapped.detail);
  return { ...mapped.message, missing: mapped.missing };
};

describe('bodies', () => {
  it('takes both forms of an alternative, and an invitation as a file', () => {
    const mail = read(
      multipart(
        'alternative',
        leaf('text/plain', 'plain'),
        leaf('text/html', '<p>rich</p>'),
        leaf('text/calendar', 'BEGIN:VCALENDAR'),
      ),
    );
    expect(mail).toMatchObject({ text: 'plain', html: '<p>rich</p>' });
    expect(mail.attachments).toMatchObject([{ filename: 'invite.ics', partId: '2' }]);
  });

  it('makes readable text of HTML alone', () => {
    const html = '<style>p{}</style><p>Hello &amp; <a href="https://x.y">bye</a></p><img src=x>';
    expect(read(leaf('text/html', html))).toMatchObject({ text: 'Hello & bye', html, defects: [] });
  });

  it('reads huge or endlessly nested HTML without building a tree', () => {
    const lines = '<div>x &lt; y</div>'.repeat(20_000);
    const huge = read(leaf('text/html', `<STYLE>p{}</STYLE><p>start</p>${lines}<p`));
    expect(huge.text?.startsWith('start\nx < y\nx < y')).toBe(true);
    const started = performance.now();
    expect(read(leaf('text/html', `${'<ul><li>'.repeat(30_000)}end`)).text).toBe('end');
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('joins the stretches of a split body', () => {
    const mail = read(
      multipart(
        'mixed',
        leaf('text/plain', 'one'),
        file('image/png', 'a.png'),
        leaf('text/plain', 'two'),
      ),
    );
    expect(mail.text).toBe('one\ntwo');
    expect(mail.attachments).toHaveLength(1);
  });

  it('keeps plain and HTML stretches readable side by side', () => {
    const mail = read(
      multipart('mixed', leaf('text/html', '<p>hi</p>'), leaf('text/plain', 'a < b')),
    );
    expect(mail).toMatchObject({ text: 'hi\na < b', html: '<p>hi</p>\n<pre>a &lt; b</pre>' });
  });

  it('treats a forwarded message as one file and not as body', () => {
    const forwarded: PayloadPart = {
      mimeType: 'message/rfc822',
      filename: '',
      headers: headers(['Content-Type', 'message/rfc822']),
      body: { size: 0, attachmentId: 'A' },
      parts: [leaf('text/plain', 'secret words of somebody else')],
    };
    const mail = read(multipart('mixed', leaf('text/plain', 'fyi'), forwarded));
    expect(mail.text).toBe('fyi');
    expect(mail.attachments).toMatchObject([{ filename: 'message.eml', sizeBytes: 29 }]);
  });

  it('tells text files from the body by disposition and name', () => {
    const mail = read(
      multipart(
        'mixed',
        leaf('text/plain', 'body'),
        leaf('text/plain', 'log', { disposition: 'ATTACHMENT; filename="a.log"' }),
        leaf('text/html', '<p>page</p>', { filename: 'page.html', disposition: 'inline' }),
      ),
    );
    expect(mail).toMatchObject({ text: 'body', html: null });
    expect(mail.attachments.map(({ filename }) => filename)).toEqual(['a.log', 'page.html']);
  });

  it.each([
    ['application/pkcs7-mime', 'smime.p7m'],
    ['application/ms-tnef', 'winmail.dat'],
    ['text/calendar', 'invite.ics'],
    ['application/pdf', 'part-0'],
  ])('a mail that is nothing but %s is a file with a name', (type, filename) => {
    const mail = read(leaf(type, 'x'));
    expect(mail).toMatchObject({ text: null, html: null });
    expect(mail.attachments).toMatchObject([{ filename, partId: '0', sizeBytes: 1 }]);
  });

  it('has no body and no files when there is nothing', () => {
    expect(read({ mimeType: 'text/plain', headers: [], body: { size: 0 } })).toMatchObject({
      text: null,
      html: null,
      attachments: [],
      defects: [],
    });
    expect(read({ headers: [] })).toMatchObject({ text: null, attachments: [] });
    expect(read({ mimeType: 'multipart/mixed' })).toMatchObject({ text: null, attachments: [] });
  });

  it('asks for a body Gmail handed out as an attachment, and lists it if it cannot be had', () => {
    const big = { ...leaf('text/plain', ''), partId: '0', body: { size: 9, attachmentId: 'A' } };
    const raw = message(multipart('mixed', big));
    expect(read(multipart('mixed', big)).missing).toMatchObject([{ partId: '0' }]);
    const data = Buffer.from('big words').toString('base64url');
    expect(mapMessage(raw, new Map([['0', data]]))).toMatchObject({
      message: { text: 'big words', defects: [], attachments: [] },
      missing: [],
    });
    expect(mapMessage(raw, new Map([['0', null]]))).toMatchObject({
      message: { text: null, defects: ['body: content missing'], attachments: [{ partId: '0' }] },
      missing: [],
    });
  });

  it('marks files the HTML shows by Content-ID as inline', () => {
    const cid = (id: string) => file('image/png', `${id}.png`, headers(['Content-ID', `<${id}>`]));
    const mail = read(
      multipart(
        'related',
        leaf('text/html', '<img src="cid:a@x"><img src=\'CID:b%40x\'>'),
        cid('a@x'),
        cid('b@x'),
        cid('c@x'),
      ),
    );
    expect(mail.attachments.map(({ inline }) => inline)).toEqual([true, true, false]);
  });
});

describe('charsets', () => {
  const text = (bytes: Uint8Array, charset: string) => {
    const mail = read(leaf('text/plain', bytes, { contentType: `text/plain; charset=${charset}` }));
    return [mail.text, mail.defects.length];
  };
  const bytes = (...codes: number[]) => Uint8Array.from(codes);

  it.each([
    [
      'UTF-8 under another label',
      new TextEncoder().encode('Grüße • 日本'),
      'iso-8859-1',
      'Grüße • 日本',
      0,
    ],
    ['latin1', bytes(0x47, 0xfc, 0xdf), '"ISO-8859-1"', 'Gü' + 'ß', 0],
    ['iso-2022-jp', bytes(0x1b, 0x24, 0x42, 0x24, 0x46, 0x1b, 0x28, 0x42), 'ISO-2022-JP', 'て', 0],
    ['shift_jis by alias', bytes(0x83, 0x65), 'x-cp932', 'テ', 0],
    ['gbk', bytes(0xc4, 0xe3, 0xba, 0xc3), 'gb2312', '你好', 0],
    ['utf-16', bytes(0x41, 0, 0xe4, 0), 'utf-16le', 'Aä', 0],
    ['utf-8 with a mark', bytes(0xef, 0xbb, 0xbf, 0xc3, 0xa4), 'utf-8', 'ä', 0],
    ['mostly UTF-8', bytes(0xc3, 0xa4, 0xc3, 0xb6, 0xff), 'utf-8', 'äö\uFFFD', 1],
    ['unknown label', bytes(0x47, 0xfc), 'x-klingon', 'Gü', 1],
    ['no such bytes in the label', bytes(0x81, 0x20, 0xff), 'euc-kr', null, 1],
  ])('%s', (_, content, charset, expected, defects) => {
    const [found, count] = text(content, charset);
    if (expected !== null) expect(found).toBe(expected);
    expect(count).toBe(defects);
  });

  it('does not let a made-up label into the defects', () => {
    const mail = read(
      leaf('text/plain', bytes(0xff), { contentType: 'text/plain; charset="ann@x.com secret"' }),
    );
    expect(mail.defects).toEqual(['charset: cannot be as labelled']);
  });

  it('notes a transfer encoding nobody undid', () => {
    const part = leaf('text/plain', 'begin 644', {
      headers: headers(['Content-Transfer-Encoding', 'x-uuencode']),
    });
    expect(read(part).defects).toEqual(['body: unknown transfer encoding']);
  });
});

describe('headers of the whole message', () => {
  it('decodes subjects, broken encoded words included', () => {
    const subject = (value: string) => read({ headers: headers(['Subject', value]) }).subject;
    expect(subject('=?UTF-8?B?5pel?= =?UTF-8?B?5pys?=')).toBe('日本');
    expect(subject('=?utf-8?Q?broken')).toBe('=?utf-8?Q?broken');
    expect(subject('Re: =?x-none?Q?a=E9?=\r\n more')).toBe('Re: aé more');
  });

  it('reads threads from prose and brackets', () => {
    const mail = read({
      headers: headers(
        ['In-Reply-To', 'Your message of "Mon" <a@x>'],
        ['References', '<r1@x>\r\n <r2@x><r3@x> junk'],
      ),
    });
    expect(mail).toMatchObject({ inReplyTo: 'a@x', references: ['r1@x', 'r2@x', 'r3@x'] });
  });

  it('unescapes the snippet once', () => {
    const snippet = 'a &lt;b&gt; &amp;lt; &#39;c&#39; &quot;d&quot; &unknown;';
    expect(read({}, { snippet }).snippet).toBe('a <b> &lt; \'c\' "d" &unknown;');
  });

  it.each([
    ["attachment; filename*=UTF-8''na%C3%AFve%20file.txt", 'naïve file.txt'],
    ['attachment; filename*0*=ISO-8859-1\'\'caf%E9; filename*1="; x.pdf"', 'café; x.pdf'],
    ['attachment; filename="=?utf-8?Q?=C3=A4.pdf?="', 'ä.pdf'],
    ['attachment; filename="a\\"b.pdf"; filename="evil.exe"', 'a"b.pdf'],
    ['attachment; filename="../../etc/pass\u202ewd"', '.._.._etc_passwd'],
    ['attachment; filename=plain.txt; size=3', 'plain.txt'],
  ])('file name from %s', (disposition, filename) => {
    const mail = read(multipart('mixed', leaf('application/pdf', 'x', { disposition })));
    expect(mail.attachments).toMatchObject([{ filename }]);
  });
});
