import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAttachments } from '../../../providers/graph/attachments.ts';
import { FolderTree } from '../../../providers/graph/folder-tree.ts';
import { hasFiles, mapHead, mapMessage } from '../../../providers/graph/map.ts';

const tree = new FolderTree(
  [
    { id: 'inbox', parentId: 'root' },
    { id: 'clients', parentId: 'inbox' },
    { id: 'junk', parentId: 'root' },
    { id: 'drafts', parentId: 'root' },
    { id: 'chats', parentId: 'root' },
  ],
  { junk: 'spam', drafts: 'draft', chats: 'chat' },
);

const person = (name: string, address: string) => ({ emailAddress: { name, address } });

/** As `GET /me/messages/{id}` answers, properties we do not ask for included. */
const message = (more: object = {}) => ({
  '@odata.etag': 'W/"CQAAABYAAAC4ofQHEIqCSbQPot83AFcbAAAnjjuZ"',
  id: 'AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AwMyJX',
  receivedDateTime: '2026-09-28T07:02:28Z',
  sentDateTime: '2026-09-28T07:02:25Z',
  hasAttachments: false,
  internetMessageId: '<MWHPR6E1BE060@MWHPR1120.namprd22.prod.outlook.com>',
  subject: 'Offer\r\n\tfor September',
  bodyPreview: 'Dear Maya,\r\n\r\nhere it is.',
  parentFolderId: 'clients',
  conversationId: 'AAQkAGI0NTA1',
  isDraft: false,
  body: {
    contentType: 'html',
    content: '<html><body><p>Dear Maya,</p>\r\n<p>here it is.</p></body></html>',
  },
  sender: person('Ann Lee', 'ann@x.example'),
  from: person('Ann Lee', 'ann@x.example'),
  toRecipients: [person('Maya', 'maya@nordic.example'), person('bob@x.example', 'bob@x.example')],
  ccRecipients: [],
  bccRecipients: [],
  replyTo: [person('Sales', 'sales@x.example')],
  internetMessageHeaders: [
    { name: 'In-Reply-To', value: '<parent@nordic.example>' },
    { name: 'References', value: '<root@nordic.example>\r\n <parent@nordic.example>' },
  ],
  ...more,
});

const head = (more: object = {}) => {
  const mapped = mapHead(message(more), tree);
  if (!mapped.ok) throw new Error(mapped.detail);
  return mapped.message;
};
const whole = (more: object = {}, attachments: object[] | null = []) => {
  const mapped = mapMessage(
    message(more),
    tree,
    attachments && toAttachments({ value: attachments }),
  );
  if (!mapped.ok) throw new Error(mapped.detail);
  return mapped.message;
};

describe('a message of Outlook', () => {
  it('is mapped whole', () => {
    expect(whole()).toEqual({
      providerMessageId: 'AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0AwMyJX',
      providerThreadId: 'AAQkAGI0NTA1',
      state: 'mail',
      labelIds: ['clients', 'inbox', 'root'],
      receivedAt: Date.UTC(2026, 8, 28, 7, 2, 28),
      participants: [
        { role: 'from', name: 'Ann Lee', address: 'ann@x.example' },
        { role: 'sender', name: 'Ann Lee', address: 'ann@x.example' },
        { role: 'reply-to', name: 'Sales', address: 'sales@x.example' },
        { role: 'to', name: 'Maya', address: 'maya@nordic.example' },
        { role: 'to', name: '', address: 'bob@x.example' },
      ],
      rfcMessageId: 'MWHPR6E1BE060@MWHPR1120.namprd22.prod.outlook.com',
      subject: 'Offer for September',
      snippet: 'Dear Maya, here it is.',
      text: expect.stringMatching(/^Dear Maya,\n+here it is\.$/),
      html: '<html><body><p>Dear Maya,</p>\n<p>here it is.</p></body></html>',
      attachments: [],
      inReplyTo: 'parent@nordic.example',
      references: ['root@nordic.example', 'parent@nordic.example'],
      defects: [],
    });
  });

  it('keeps a text body as text, and none as none (D2.33)', () => {
    expect(whole({ body: { contentType: 'text', content: 'Hi\r\nyou' } })).toMatchObject({
      text: 'Hi\nyou',
      html: null,
    });
    expect(whole({ body: { contentType: 'html', content: '' } })).toMatchObject({
      text: null,
      html: null,
    });
  });

  it('is a draft by its mark or its folder, junk, chat, or mail (D2.23, D2.26)', () => {
    expect(head({ isDraft: true }).state).toBe('draft');
    expect(head({ parentFolderId: 'drafts' }).state).toBe('draft');
    expect(head({ parentFolderId: 'junk' }).state).toBe('spam');
    expect(head({ parentFolderId: 'chats' }).state).toBe('chat');
    expect(head({ '@odata.type': '#microsoft.graph.eventMessageRequest' }).state).toBe('mail');
  });

  it('lives without from, Message-ID, conversation, headers and names (D2.27, 30, 31, 34)', () => {
    const bare = whole({
      from: undefined,
      sender: null,
      internetMessageId: null,
      conversationId: null,
      internetMessageHeaders: undefined,
      toRecipients: [{ emailAddress: { address: 'a@x.example' } }, {}, null],
    });
    expect(bare).toMatchObject({ rfcMessageId: null, inReplyTo: null, references: [] });
    expect(bare.providerThreadId).toBe(bare.providerMessageId);
    expect(bare.participants.filter(({ role }) => role !== 'reply-to')).toEqual([
      { role: 'to', name: '', address: 'a@x.example' },
    ]);
  });

  it('keeps Exchange’s own addresses as they are, delegates apart from authors (D2.27)', () => {
    const x500 = '/O=EXCHANGELABS/OU=EXCHANGE ADMINISTRATIVE GROUP/CN=RECIPIENTS/CN=ANN';
    const { participants } = head({
      from: person('Boss', 'boss@x.example'),
      sender: person('Assistant', 'assistant@x.example'),
      toRecipients: [person('Ann', x500)],
    });
    expect(participants.slice(0, 2).map(({ role, address }) => [role, address])).toEqual([
      ['from', 'boss@x.example'],
      ['sender', 'assistant@x.example'],
    ]);
    expect(participants.find(({ role }) => role === 'to')?.address).toBe(x500);
  });

  it('cannot be read without id or time', () => {
    expect(mapHead(message({ id: '' }), tree)).toEqual({ ok: false, detail: 'no id' });
    expect(mapHead(message({ receivedDateTime: 'soon' }), tree)).toMatchObject({ ok: false });
  });

  it('never throws, whatever Graph answers', () => {
    const keys = Object.keys(message());
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), (more) => {
        for (const raw of [more, { ...message(), ...more }]) {
          expect(mapHead(raw, tree)).toHaveProperty('ok');
          expect(mapMessage(raw, tree, [])).toHaveProperty('ok');
          hasFiles(raw);
          toAttachments(raw);
        }
      }),
    );
  });
});

describe('attachments of Outlook (D2.32)', () => {
  const file = {
    '@odata.type': '#microsoft.graph.fileAttachment',
    id: 'AAMkAGI1AAAoZCfHAAA=',
    name: 'plan.pdf',
    contentType: 'application/pdf',
    size: 1_234,
    isInline: false,
    contentId: null,
  };
  const picture = {
    ...file,
    id: 'pic=',
    name: 'image001.png',
    contentType: 'image/png',
    isInline: true,
    contentId: 'image001.png@01D9',
  };

  it('are looked for where there are files, and where pictures are shown inline', () => {
    const shows = { contentType: 'html', content: '<img src="cid:image001.png@01D9">' };
    expect(hasFiles(message())).toBe(false);
    expect(hasFiles(message({ hasAttachments: true }))).toBe(true);
    expect(hasFiles(message({ body: shows }))).toBe(true);
    const { attachments } = whole({ body: shows }, [file, picture]);
    expect(attachments).toEqual([
      {
        partId: 'AAMkAGI1AAAoZCfHAAA=',
        filename: 'plan.pdf',
        mimeType: 'application/pdf',
        sizeBytes: 1_234,
        inline: false,
        contentId: null,
      },
      expect.objectContaining({ inline: true, contentId: 'image001.png@01D9' }),
    ]);
  });

  it('forwarded items are messages, links to files elsewhere are links', () => {
    const value = [
      { '@odata.type': '#microsoft.graph.itemAttachment', id: 'i', name: '', size: 9 },
      { '@odata.type': '#microsoft.graph.referenceAttachment', id: 'r', name: 'a/b.docx', size: 0 },
    ];
    expect(toAttachments({ value })).toMatchObject([
      { filename: 'message.eml', mimeType: 'message/rfc822' },
      { filename: 'a_b.docx', mimeType: 'text/uri-list' },
    ]);
  });

  it('that Graph does not list are a defect of the message, which is stored all the same', () => {
    expect(whole({}, null)).toMatchObject({
      attachments: [],
      defects: ['attachments: not listed'],
    });
  });
});
