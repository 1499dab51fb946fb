import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mapHead, mapMessage, stateOf } from '../../../providers/gmail/map.ts';
import { headers, leaf, message } from './gmail-payloads.ts';

const headOf = (...pairs: [string, string][]) => {
  const mapped = mapHead(message({ headers: headers(...pairs) }));
  if (!mapped.ok) throw new Error(mapped.detail);
  return mapped.message;
};

describe('head of a Gmail message', () => {
  it('reads headers in any casing and every occurrence of one', () => {
    const head = headOf(
      ['FROM', 'Ann <ann@x.com>'],
      ['from', 'bob@y.org'],
      ['tO', 'c@z.net, "Doe, Jane" <jane@z.net>'],
      ['Message-Id', '<1@x.com>'],
    );
    expect(head.participants).toEqual([
      { role: 'from', name: 'Ann', address: 'ann@x.com' },
      { role: 'from', name: '', address: 'bob@y.org' },
      { role: 'to', name: '', address: 'c@z.net' },
      { role: 'to', name: 'Doe, Jane', address: 'jane@z.net' },
    ]);
    expect(head.rfcMessageId).toBe('1@x.com');
  });

  it('takes all six roles, groups and folded lines', () => {
    const head = headOf(
      ['Sender', 'list@x.com'],
      ['Reply-To', '=?utf-8?Q?J=C3=B6rg?= <j@x.com>'],
      ['Cc', 'undisclosed-recipients:;'],
      ['Bcc', 'team: a@x.com,\r\n\tb@x.com;'],
    );
    expect(head.participants.map(({ role, name, address }) => [role, name, address])).toEqual([
      ['sender', '', 'list@x.com'],
      ['reply-to', 'Jörg', 'j@x.com'],
      ['bcc', '', 'a@x.com'],
      ['bcc', '', 'b@x.com'],
    ]);
  });

  it.each([
    ['<a@x>', 'a@x'],
    [' < a b@x >\r\n', 'ab@x'],
    ['a@x', 'a@x'],
    ['<\r\n a@x>', 'a@x'],
    ['', null],
    ['<>', null],
    [`<${'a'.repeat(999)}@x>`, null],
  ])('Message-ID %j is %j', (value, id) => {
    expect(headOf(['Message-ID', value]).rfcMessageId).toBe(id);
  });

  it('takes the first Message-ID that says something', () => {
    expect(headOf(['Message-ID', ''], ['Message-ID', '<b@x>']).rfcMessageId).toBe('b@x');
  });

  it.each([
    [['INBOX', 'UNREAD'], 'mail'],
    [[], 'mail'],
    [['SENT', 'INBOX'], 'mail'],
    [['DRAFT', 'TRASH'], 'draft'],
    [['SPAM'], 'spam'],
    [['SENT', 'TRASH'], 'trash'],
    [['CHAT'], 'chat'],
  ])('labels %j mean %s', (labels, state) => {
    expect(stateOf(labels)).toBe(state);
  });

  it('is unreadable without an id or a time of acceptance, never guessing from Date', () => {
    const dated = message({ headers: headers(['Date', 'Mon, 1 Jun 2026 10:00:00 +0000']) });
    expect(mapHead({ ...dated, internalDate: undefined })).toMatchObject({ ok: false });
    expect(mapHead({ ...dated, internalDate: 'soon' })).toMatchObject({ ok: false });
    expect(mapHead({ ...dated, id: undefined })).toMatchObject({ ok: false });
    expect(mapHead({ ...dated, internalDate: '-5' })).toMatchObject({ ok: true });
  });

  it('leaves no NUL and no lone surrogate in what is stored', () => {
    const mapped = mapMessage(
      message(
        {
          ...leaf('text/plain', 'a\0b'),
          headers: headers(
            ['From', '"A\0nn \ud800" <a\0nn@x.com>'],
            ['Subject', 'x\0\udfff =?utf-8?Q?=00y?='],
            ['Message-ID', '<a\0@x>'],
            ['Content-Type', 'text/plain'],
          ),
        },
        { snippet: 's\0&#0;\ud800' },
      ),
    );
    const json = JSON.stringify(mapped);
    expect(mapped.ok).toBe(true);
    expect(json).not.toMatch(/\\u0000|\\ud[89a-f]/);
  });

  it('never throws, whatever the answer', () => {
    const part: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
      part: fc.record(
        {
          partId: fc.oneof(fc.string(), fc.integer()),
          mimeType: fc.oneof(
            fc.constantFrom('text/plain', 'text/html', 'multipart/mixed', 'message/rfc822'),
            fc.string(),
          ),
          filename: fc.string(),
          headers: fc.array(
            fc.record({
              name: fc.constantFrom('From', 'Content-Type', 'Subject', 'References', 'To'),
              value: fc.string({ unit: 'binary' }),
            }),
          ),
          body: fc.record(
            { data: fc.string(), size: fc.nat(), attachmentId: fc.string() },
            { requiredKeys: [] },
          ),
          parts: fc.array(fc.oneof({ depthSize: 'small' }, fc.anything(), tie('part')), {
            maxLength: 3,
          }),
        },
        { requiredKeys: [] },
      ),
    })).part;
    const answer = fc.oneof(
      fc.anything(),
      fc.record({
        id: fc.string(),
        internalDate: fc.nat().map(String),
        payload: part,
        snippet: fc.string(),
      }),
    );
    fc.assert(
      fc.property(answer, (raw) => {
        mapHead(raw);
        const mapped = mapMessage(raw);
        mapMessage(raw, new Map(mapped.missing.map(({ partId }) => [partId, null])));
      }),
      { numRuns: 1_000, seed: 1 },
    );
  });

  it('survives a payload nested a thousand deep', () => {
    let deep = leaf('text/plain', 'deep');
    for (let level = 0; level < 1_000; level++) {
      deep = { mimeType: 'multipart/mixed', headers: [], parts: [deep] };
    }
    expect(mapMessage(message(deep))).toMatchObject({ ok: true });
  });
});
