import type { gmail_v1 } from '@googleapis/gmail';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileQuery } from '../../emulator/google/search/compile.ts';
import { parseQuery } from '../../emulator/google/search/parse.ts';
import { searchIndexOf } from '../../emulator/google/search/search.ts';
import { type AddMessage, startEmulator } from '../../emulator/index.ts';
import { Clock } from '../../emulator/shared/clock.ts';
import { Mailbox } from '../../emulator/shared/mailbox/mailbox.ts';
import { ADDRESS, connect, refusal } from './support.ts';

const DAY = 24 * 3600_000;

/** Key to message; the tables below speak of the keys. */
const MAIL: Record<string, Omit<AddMessage, 'address'>> = {
  ann: {
    from: 'Ann Bee <ann@x.example>',
    to: ADDRESS,
    subject: 'Quarterly report',
    text: 'apples',
  },
  mary: { from: 'mary.ann@x.example', to: ADDRESS, subject: 'Hello', text: 'pears' },
  longer: { from: 'ann@x.example.au', to: ADDRESS, subject: 'report quarterly' },
  plus: { from: 'ann+crm@x.example', to: ADDRESS, subject: 'Plus' },
  cc: { from: 'z@z.example', to: 'other@o.example', cc: 'Ann <ann@x.example>', subject: 'Copied' },
  bcc: { from: ADDRESS, to: 'o@o.example', bcc: 'ann@x.example', as: 'sent', subject: 'Blind' },
  encoded: { from: 'Zoë Lindström <zoe@y.example>', to: ADDRESS, subject: 'Überblick für März' },
  pdf: {
    from: 'bill@y.example',
    to: ADDRESS,
    subject: 'Invoice',
    text: 'see file',
    attachments: [
      { filename: 'invoice-2026.pdf', contentType: 'application/pdf', contentBase64: 'JVBERg==' },
    ],
  },
  old: { from: 'ann@x.example', to: ADDRESS, subject: 'Old', internalDate: Date.now() - 40 * DAY },
  list: {
    from: 'news@l.example',
    to: ADDRESS,
    subject: 'News',
    headers: [['List-Id', 'Weekly <weekly.l.example>']],
    labels: ['INBOX', 'CATEGORY_PROMOTIONS'],
  },
  label: { from: 'q@q.example', subject: 'Labelled', labels: ['INBOX', 'Clients/Acme Corp'] },
  draft: { from: ADDRESS, to: 'ann@x.example', subject: 'Draft', labels: ['DRAFT'] },
  spam: { from: 'ann@x.example', subject: 'Spam', labels: ['SPAM'] },
  trash: { from: 'ann@x.example', subject: 'Trash', labels: ['TRASH'] },
  msgid: { from: 'm@m.example', subject: 'Id', messageId: '<Case.Sensitive+1@m.example>' },
};

const pst = (ms: number) =>
  new Date(ms - 8 * 3600_000).toISOString().slice(0, 10).replaceAll('-', '/');

const FROM_ANN = ['ann', 'mary', 'longer', 'plus', 'old'];

const CASES: [q: string, keys: string[]][] = [
  // Tokens side by side, so longer and dotted addresses match too, and a plus tag does not.
  ['from:ann@x.example', FROM_ANN.filter((key) => key !== 'plus')],
  ['from:ANN@X.EXAMPLE', ['ann', 'mary', 'longer', 'old']],
  ['from:ann', FROM_ANN],
  ['from:an', []],
  ['from:(ann@x.example OR zoe@y.example)', ['ann', 'mary', 'longer', 'old', 'encoded']],
  ['from:{zoe@y.example bill@y.example}', ['encoded', 'pdf']],
  ['{from:zoe@y.example subject:hello}', ['encoded', 'mary']],
  ['from:ann@x.example -from:mary subject:old', ['old']],
  ['to:ann@x.example', ['cc', 'draft']],
  ['to:ann@x.example -in:drafts', ['cc']],
  ['cc:ann@x.example', ['cc']],
  ['bcc:ann@x.example', ['bcc']],
  ['subject:quarterly report', ['ann', 'longer']],
  ['subject:"quarterly report"', ['ann']],
  ['subject:(report quarterly)', ['ann', 'longer']],
  ['subject:überblick', ['encoded']],
  ['from:lindström', ['encoded']],
  ['apples', ['ann']],
  ['apples OR pears', ['ann', 'mary']],
  // OR binds tighter than the blank.
  ['from:mary apples OR pears', ['mary']],
  ['from:x.example AND pears', ['mary']],
  ['has:attachment', ['pdf']],
  ['filename:pdf', ['pdf']],
  ['filename:invoice-2026.pdf', ['pdf']],
  ['from:ann older_than:30d', ['old']],
  ['from:ann newer_than:30d', ['ann', 'mary', 'longer', 'plus']],
  [`from:ann before:${Math.floor((Date.now() - 30 * DAY) / 1000)}`, ['old']],
  [`from:ann before:${pst(Date.now() - 30 * DAY)}`, ['old']],
  [`from:ann after:${pst(Date.now() - 41 * DAY)} before:${pst(Date.now() - 38 * DAY)}`, ['old']],
  ['list:weekly.l.example', ['list']],
  ['category:promotions', ['list']],
  ['label:clients-acme-corp', ['label']],
  ['in:clients-acme-corp', ['label']],
  ['in:drafts', ['draft']],
  ['in:sent', ['bcc']],
  ['in:spam', ['spam']],
  ['in:trash', ['trash']],
  ['from:ann in:anywhere', [...FROM_ANN, 'spam', 'trash']],
  ['rfc822msgid:case.sensitive+1@m.example', ['msgid']],
  ['rfc822msgid:<Case.Sensitive+1@m.example>', ['msgid']],
  ['larger:10M', []],
  ['from:nobody@nowhere.example', []],
];

const listPage = async (
  api: gmail_v1.Gmail,
  maxResults: number,
  pageToken: string,
): Promise<gmail_v1.Schema$ListMessagesResponse> => {
  const params = { userId: 'me', maxResults, ...(pageToken && { pageToken }) };
  return (await api.users.messages.list(params)).data;
};

const seeded = async () => {
  const emulator = await startEmulator({ accounts: [{ address: ADDRESS }] });
  const keys = new Map<string, string>();
  for (const [key, mail] of Object.entries(MAIL)) {
    keys.set((await emulator.addMessage({ address: ADDRESS, ...mail })).id, key);
  }
  return { emulator, keys };
};

describe('q', () => {
  test.each(CASES)('%s', async (q, expected) => {
    const { emulator, keys } = await seeded();
    await using _ = emulator;
    const { api } = await connect(emulator);
    const { data } = await api.users.messages.list({ userId: 'me', q });
    const found = (data.messages ?? []).map((message) => keys.get(message.id ?? ''));
    expect(found.sort()).toEqual([...expected].sort());
  });

  test('does not see a message before the index lag has passed; list and history do', async () => {
    await using emulator = await startEmulator({ accounts: [{ address: ADDRESS }] });
    const { api } = await connect(emulator);
    await emulator.setAccountSettings({ address: ADDRESS, searchLagMs: 60_000 });
    await emulator.addMessage({ address: ADDRESS, from: 'ann@x.example' });
    const count = async (q?: string) =>
      (await api.users.messages.list({ userId: 'me', ...(q && { q }) })).data.messages?.length ?? 0;
    expect(await count('from:ann')).toBe(0);
    expect(await count()).toBe(1);
    await emulator.advanceClock({ ms: 61_000 });
    expect(await count('from:ann')).toBe(1);
  });

  test('is refused beyond the length limit', async () => {
    await using emulator = await startEmulator({ accounts: [{ address: ADDRESS }] });
    const { api } = await connect(emulator);
    const call = api.users.messages.list({ userId: 'me', q: 'from:a '.repeat(2_000) });
    expect(await refusal(call)).toMatchObject({ status: 400 });
  });
});

describe('properties', () => {
  const piece = fc.constantFrom(
    ...['from:', 'to:', 'subject:', 'a', 'b', 'OR', 'AND', '-', '(', ')', '{', '}', '"', ' '],
  );

  test('no query can make the parser fail or loop', () => {
    const any = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.array(piece, { maxLength: 120 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(any, (q) => {
        parseQuery(q);
      }),
      { seed: 7, numRuns: 400 },
    );
    parseQuery('('.repeat(8_000));
  });

  test('the list of a query and its test agree on every message', () => {
    const mailbox = new Mailbox(
      { address: ADDRESS, displayName: 'Maya', aliases: [] },
      new Clock(),
    );
    for (const name of ['a', 'b', 'a.b', 'b.a', 'ab']) {
      const raw = Buffer.from(
        `From: ${name}@x.example\r\nTo: b@a.example\r\nSubject: a b\r\n\r\na`,
      );
      mailbox.add({ raw, labels: ['INBOX'] });
    }
    const index = searchIndexOf(mailbox);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const matcher = compileQuery(parseQuery(pieces.join('')), index, Date.now());
        const listed = matcher.list?.();
        if (!listed) return;
        const tested = [...mailbox.all()].filter((message) => matcher.test(message));
        expect([...new Set(listed)].sort()).toEqual(tested.map((message) => message.ordinal));
      }),
      { seed: 11, numRuns: 500 },
    );
  });

  test('pages of any size cover the list once, newest first', async () => {
    await using emulator = await startEmulator({ accounts: [{ address: ADDRESS }] });
    const base = Date.now() - DAY;
    const dates = [3, 1, 1, 2, 5, 5, 5, 4, 9, 0, 7, 7];
    for (const offset of dates) {
      await emulator.addMessage({ address: ADDRESS, internalDate: base + offset });
    }
    const { api } = await connect(emulator);
    const all = (await api.users.messages.list({ userId: 'me' })).data.messages ?? [];
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 13 }), async (maxResults) => {
        const seen: string[] = [];
        let pageToken: string | null = '';
        while (pageToken !== null) {
          const page = await listPage(api, maxResults, pageToken);
          seen.push(...(page.messages ?? []).map((message) => message.id ?? ''));
          pageToken = page.nextPageToken ?? null;
        }
        expect(seen).toEqual(all.map((message) => message.id));
      }),
      { seed: 3, numRuns: 13 },
    );
  });
});
