import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Person,
  PROVIDERS,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
  verdictsOf,
} from '../support/product.ts';

let test: TestProduct;

const FROM = 'From: Bob <bob@contact.example>';
const TO = 'To: ann@brightwater.example';
const lines = (...text: string[]): Buffer => Buffer.from(text.join('\r\n'), 'latin1');

/** Name → the raw message; the name stands in its subject where it has one. */
const MALFORMED: Record<string, Buffer> = {
  'no date': lines(FROM, TO, 'Subject: no date', '', 'text'),
  'an impossible date': lines(
    FROM,
    TO,
    'Date: 99 Smarch 20x6',
    'Subject: impossible date',
    '',
    'x',
  ),
  'no message id': lines(FROM, TO, 'Subject: no message id', '', 'text'),
  'no subject': lines(FROM, TO, '', 'text without a subject'),
  'no body': lines(FROM, TO, 'Subject: no body', ''),
  'only a from': lines(FROM, ''),
  'from written twice': lines(
    FROM,
    'From: Eve <eve@stranger.test>',
    TO,
    'Subject: two froms',
    '',
    'x',
  ),
  'broken multipart': lines(
    FROM,
    TO,
    'Subject: broken multipart',
    'Content-Type: multipart/mixed; boundary="never"',
    '',
    '--ever',
    'Content-Type: text/plain',
    '',
    'unreachable',
  ),
  'multipart without boundary': lines(
    FROM,
    TO,
    'Subject: no boundary',
    'Content-Type: multipart/alternative',
    '',
    'text',
  ),
  'unknown charset': lines(
    FROM,
    TO,
    'Subject: =?x-klingon?Q?unknown_charset?=',
    'Content-Type: text/plain; charset=x-klingon-8',
    '',
    'caf\xe9',
  ),
  'wrong charset': lines(
    FROM,
    TO,
    'Subject: wrong charset',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'caf\xe9 \xff\xfe\x80',
  ),
  'broken base64': lines(
    FROM,
    TO,
    'Subject: broken base64',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    'PGI+$$$!!not base64???=',
  ),
  'broken encoded words': lines(
    FROM,
    TO,
    'Subject: =?utf-8?B?4pyTI?= =?utf-8?Q?=ZZ?= broken words',
    '',
    'x',
  ),
  'NUL bytes': lines(FROM, TO, 'Subject: nul \0 bytes', '', 'text \0 with \0 NUL'),
  'lone surrogates': lines(
    FROM,
    TO,
    'Subject: surrogates',
    'Content-Type: text/plain; charset=utf-16le',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from([0x00, 0xd8, 0x41, 0x00, 0x00, 0xdc]).toString('base64'),
  ),
  'a huge header': lines(
    FROM,
    TO,
    `X-Huge: ${'x'.repeat(200_000)}`,
    'Subject: huge header',
    '',
    'x',
  ),
  'a huge subject': lines(FROM, TO, `Subject: huge ${'y'.repeat(100_000)}`, '', 'x'),
  'a thousand recipients': lines(
    FROM,
    `To: ${Array.from({ length: 1_000 }, (_, i) => `p${i}@many.test`).join(', ')}`,
    'Subject: thousand recipients',
    '',
    'x',
  ),
  'deep nesting': lines(
    FROM,
    TO,
    'Subject: deep nesting',
    ...Array.from({ length: 60 }, (_, i) => [
      `Content-Type: multipart/mixed; boundary="b${i}"`,
      '',
      `--b${i}`,
    ]).flat(),
    'Content-Type: text/plain',
    '',
    'at the bottom',
  ),
  'hostile html': lines(
    FROM,
    TO,
    'Subject: hostile html',
    'Content-Type: text/html',
    '',
    '<script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)">x</a>',
  ),
  'bare newlines': Buffer.from(`${FROM}\n${TO}\nSubject: bare newlines\n\ntext\n`),
};

/** 25 MB: as large as Gmail lets a message be, and Outlook by default. */
const large = (): Buffer => {
  const attachment = Buffer.alloc(18_500_000, 7).toString('base64').replace(/.{76}/g, '$&\r\n');
  return Buffer.from(
    [
      FROM,
      TO,
      'Subject: 25 MB',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain',
      '',
      'see the attachment',
      '--b',
      'Content-Type: application/octet-stream; name=large.bin',
      'Content-Disposition: attachment; filename=large.bin',
      'Content-Transfer-Encoding: base64',
      '',
      attachment,
      '--b--',
      '',
    ].join('\r\n'),
    'latin1',
  );
};

beforeAll(async () => {
  test = await startTestProduct();
  await test.emulator.setPush({ minIntervalMs: 0 });
});
afterAll(() => test?.[Symbol.asyncDispose]());

describe.each(PROVIDERS)('I1 malformed mail never stops the rest, %s', (provider) => {
  const ids = new Map<string, string>();
  let ann: Person;
  let inboxId: string;
  beforeAll(async () => {
    ann = await test.person(`ann-${provider}`, undefined, { provider });
    await ann.putContacts({ bob: ['bob@contact.example'] });
  });

  const put = async (raw: Buffer): Promise<string> =>
    (await ann.add({ rawBase64: raw.toString('base64') })).id;

  it('I1 B2 backfill: each is stored or has its verdict, and the well-formed rest is stored', async () => {
    const before = await ann.add({ from: 'bob@contact.example', subject: 'fine before' });
    for (const [name, raw] of Object.entries(MALFORMED)) ids.set(name, await put(raw));
    const after = await ann.add({ from: 'bob@contact.example', subject: 'fine after' });
    inboxId = await ann.connectAndBackfill();
    const verdicts = await verdictsOf(test, inboxId);
    const lost = [...ids].filter(([, id]) => !verdicts.has(id)).map(([name]) => name);
    expect(lost).toEqual([]);
    const stored = await storedIds(test, inboxId);
    expect(stored).toContain(before.id);
    expect(stored).toContain(after.id);
    const notStored = [...ids]
      .filter(([, id]) => verdicts.get(id) !== 'stored')
      .map(([name, id]) => `${name}: ${verdicts.get(id)}`);
    expect(notStored).toEqual([]);
  });

  it('P1 each can be read on the timeline, in clean text and HTML', async () => {
    const items = await ann.timeline('bob');
    expect(items.length).toBe(ids.size + 2);
    for (const item of items) {
      const detail = await ann.message(item.id);
      expect(detail.html ?? '', item.subject).not.toMatch(/<script|onerror|javascript:/i);
      expect(Date.parse(detail.receivedAt), item.subject).toBeGreaterThan(Date.now() - 3_600_000);
    }
    const subjects = items.map(({ subject }) => subject);
    for (const subject of ['no date', 'broken multipart', 'bare newlines', 'deep nesting']) {
      expect(subjects).toContain(subject);
    }
  });

  it('I1 live: the same once more, and a fine one behind them', async () => {
    const live = await Promise.all(Object.values(MALFORMED).map(put));
    const last = await ann.add({ from: 'bob@contact.example', subject: 'live and fine' });
    await ann.untilOnTimeline('bob', 'live and fine');
    await until('a verdict for each', async () => {
      const verdicts = await verdictsOf(test, inboxId);
      return live.every((id) => verdicts.has(id));
    });
    const verdicts = await verdictsOf(test, inboxId);
    expect(live.filter((id) => verdicts.get(id) !== 'stored')).toEqual([]);
    expect(await storedIds(test, inboxId)).toContain(last.id);
  });

  it('I1 25 MB, live: stored with its text, its attachment named and fetched on demand', async () => {
    await put(large());
    const item = await ann.untilOnTimeline('bob', '25 MB', 60_000);
    const detail = await ann.message(item.id);
    expect(detail.text).toContain('see the attachment');
    const [attachment] = detail.attachments;
    expect(attachment).toMatchObject({ filename: 'large.bin' });
    expect(attachment?.sizeBytes).toBeGreaterThan(18_000_000);
    const answer = await fetch(new URL(attachment?.url ?? '', test.product.apiUrl), {
      headers: { authorization: `Bearer ${await test.product.tokenFor(ann.identity)}` },
    });
    expect(answer.status).toBe(200);
    expect((await answer.arrayBuffer()).byteLength).toBe(18_500_000);
  }, 90_000);

  it('I1 two messages with one Message-ID are two messages', async () => {
    const same = { from: 'bob@contact.example', messageId: '<same@contact.example>' };
    await ann.add({ ...same, subject: 'twin one' });
    await ann.add({ ...same, subject: 'twin two' });
    await ann.untilOnTimeline('bob', 'twin one');
    await ann.untilOnTimeline('bob', 'twin two');
  });
});
