import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import { account, connectGraph, drain, IMMUTABLE, type Json, OUTLOOK } from './graph-support.ts';

const raw = (...lines: string[]) => Buffer.from(lines.join('\r\n')).toString('base64');

describe('folders', () => {
  test('list one level in pages of ten, localised, without hidden ones', async () => {
    const folders = ['Clients/Acme', 'Suppliers', 'Team', 'Zukunft'];
    await using emulator = await startEmulator({
      outlookAccounts: [account({ locale: 'de', folders, missingFolders: ['archive'] })],
    });
    const client = await connectGraph(emulator);
    const first = await client.get('/me/mailFolders?$count=true');
    expect(first.rows).toHaveLength(10);
    expect(first.body['@odata.count']).toBe(11);
    const all = await drain(client, '/me/mailFolders');
    const names = all.rows.map((row) => row.displayName);
    expect(names).toEqual(expect.arrayContaining(['Posteingang', 'Clients', 'Zukunft']));
    expect(names).not.toContain('Acme');
    expect(all.rows[0]).not.toHaveProperty('wellKnownName');
    const withHidden = await drain(client, '/me/mailFolders?includeHiddenFolders=true');
    expect(withHidden.rows.length).toBeGreaterThan(all.rows.length);
    const clients = all.rows.find((row) => row.displayName === 'Clients');
    expect(clients?.childFolderCount).toBe(1);
    const children = await client.get(`/me/mailFolders/${clients?.id}/childFolders`);
    expect(children.rows).toMatchObject([{ displayName: 'Acme', parentFolderId: clients?.id }]);
    expect(await client.get('/me/mailFolders/archive')).toMatchObject({
      status: 404,
      code: 'ErrorItemNotFound',
    });
    expect((await client.get('/me/mailFolders/nonsense')).code).toBe('ErrorInvalidIdMalformed');
    expect((await client.get("/me/mailFolders('inbox')/messages")).status).toBe(200);
  });

  test('a search folder shows messages of other folders', async () => {
    await using emulator = await startEmulator({ outlookAccounts: [account()] });
    await emulator.addMessage({ address: OUTLOOK, subject: 'unread' });
    await emulator.addMessage({ address: OUTLOOK, subject: 'read', labels: ['INBOX'] });
    const search = { filterQuery: 'isRead eq false', sources: ['inbox'] };
    const { id } = await emulator.createFolder({ address: OUTLOOK, path: 'New mail', search });
    const client = await connectGraph(emulator);
    const folder = await client.get(`/me/mailFolders/${id}`);
    expect(folder.body).toMatchObject({
      '@odata.type': '#microsoft.graph.mailSearchFolder',
      totalItemCount: 1,
    });
    const { rows } = await client.get(`/me/mailFolders/${id}/messages`);
    expect(rows.map((row) => row.subject)).toEqual(['unread']);
  });
});

describe('messages', () => {
  const start = () => startEmulator({ outlookAccounts: [account()] });

  test('list, filter, sort and count as Outlook does', async () => {
    await using emulator = await start();
    for (let i = 0; i < 12; i++) {
      await emulator.addMessage({
        address: OUTLOOK,
        from: i % 2 ? "Tom <tom@o'neill.example>" : 'Ann <ann+crm@x.example>',
        subject: `m${i}`,
        internalDate: Date.now() - i * 3600_000,
      });
    }
    await emulator.addMessage({ address: OUTLOOK, as: 'sent', to: 'tom@x.example', subject: 's' });
    const client = await connectGraph(emulator);
    const list = async (query: string) => (await client.get(`/me/messages?${query}`)).rows;
    expect(await list('')).toHaveLength(10);
    expect((await drain(client, '/me/messages?$top=5')).pages).toBe(3);
    const first = await client.get('/me/messages?$top=5&$count=true');
    expect(first.body['@odata.count']).toBe(13);
    expect(String(first.body['@odata.nextLink'])).toContain('%24skip=5');
    const from = encodeURIComponent("from/emailAddress/address eq 'TOM@o''neill.example'");
    expect(await list(`$filter=${from}`)).toHaveLength(6);
    const plus = encodeURIComponent("from/emailAddress/address eq 'ann+crm@x.example'");
    expect(await list(`$filter=${plus}&$top=50`)).toHaveLength(6);
    const since = new Date(Date.now() - 3.5 * 3600_000).toISOString();
    const recent = `$filter=receivedDateTime ge ${since}&$orderby=receivedDateTime asc`;
    expect((await list(recent)).map((row) => row.subject)).toEqual(['m3', 'm2', 'm1', 'm0', 's']);
    expect(await list('$filter=isDraft eq true')).toEqual([]);
    expect(await list("$filter=startswith(subject,'m1')")).toHaveLength(3);
    expect(Object.keys((await list('$select=subject&$top=1'))[0] ?? {}).sort()).toEqual([
      '@odata.etag',
      'id',
      'subject',
    ]);
  });

  test('refuse what Outlook refuses, in its words', async () => {
    await using emulator = await start();
    const client = await connectGraph(emulator);
    const code = async (query: string) => (await client.get(`/me/messages?${query}`)).code;
    const to = "toRecipients/any(r:r/emailAddress/address eq 'a@b.example')";
    expect(await code(`$filter=${to}`)).toBe('ErrorInvalidUrlQueryFilter');
    expect(await code('$filter=isof(microsoft.graph.eventMessage)')).toBe(
      'ErrorInvalidUrlQueryFilter',
    );
    expect(await code('$filter=isDraft eq false&$orderby=receivedDateTime desc')).toBe(
      'InefficientFilter',
    );
    expect(await code('$filter=isDraft eq')).toBe('BadRequest');
    expect(await code('$select=toField')).toBe('RequestBroker--ParseUri');
    expect(await code('$top=1001')).toBe('RequestBroker--ParseUri');
    expect((await client.get('/me/nonsense')).code).toBe('BadRequest');
    await emulator.setOutlookSettings({ address: OUTLOOK, mailEnabled: false });
    expect(await code('')).toBe('MailboxNotEnabledForRESTAPI');
  });

  test('bodies come as asked; headers and uniqueBody only when named', async () => {
    await using emulator = await start();
    const { id } = await emulator.addMessage({
      address: OUTLOOK,
      from: 'Tom <tom@x.example>',
      text: 'plain',
      html: '<p>Good&nbsp;day</p><script>alert(1)</script><blockquote>old</blockquote>',
      headers: [['Received', 'from somewhere']],
    });
    const client = await connectGraph(emulator);
    const path = `/me/messages/${id}`;
    const page = await client.get(path);
    expect(page.body.body).toMatchObject({ contentType: 'html' });
    expect(JSON.stringify(page.body.body)).not.toContain('alert');
    expect(page.body).not.toHaveProperty('internetMessageHeaders');
    const text = await client.get(path, { prefer: 'outlook.body-content-type="text"' });
    expect(text.headers.get('preference-applied')).toBe('outlook.body-content-type="text"');
    expect(text.body.body).toMatchObject({ contentType: 'text' });
    expect((text.body.body as Json).content).toContain('Good day');
    const more = await client.get(`${path}?$select=uniqueBody,internetMessageHeaders`);
    expect(JSON.stringify(more.body.uniqueBody)).not.toContain('old');
    expect(more.body.internetMessageHeaders).toContainEqual({
      name: 'Received',
      value: 'from somewhere',
    });
    const mime = await client.get(`${path}/$value`);
    expect(mime.body.text).toContain('From: Tom <tom@x.example>');
  });

  test('odd senders, drafts, meeting mail and times', async () => {
    await using emulator = await start();
    const x500 = '/O=EXCHANGELABS/OU=EXCHANGE/CN=RECIPIENTS/CN=ANN';
    const legacy = await emulator.addMessage({ address: OUTLOOK, from: `Ann <${x500}>` });
    const nobody = await emulator.addMessage({
      address: OUTLOOK,
      rawBase64: raw('To: undisclosed-recipients:;', 'Subject: x', '', 'x'),
    });
    const draft = await emulator.saveDraft({ address: OUTLOOK, messageId: null, subject: 'd' });
    const invite = await emulator.addMessage({
      address: OUTLOOK,
      from: 'a@x.example',
      calendar: 'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR',
      date: '2026-01-02T03:04:05Z',
    });
    const client = await connectGraph(emulator);
    const get = async (id: string) => (await client.get(`/me/messages/${id}`, IMMUTABLE)).body;
    expect((await get(legacy.id)).from).toEqual({ emailAddress: { name: 'Ann', address: x500 } });
    const blank = await get(nobody.id);
    expect(blank).not.toHaveProperty('from');
    expect(blank.toRecipients).toEqual([]);
    expect(blank.internetMessageId).toMatch(/@emulator\.prod\.outlook\.com>$/);
    expect(await get(draft.id)).toMatchObject({ isDraft: true, internetMessageId: null });
    expect(await get(invite.id)).toMatchObject({
      '@odata.type': '#microsoft.graph.eventMessageRequest',
      meetingMessageType: 'meetingRequest',
      sentDateTime: '2026-01-02T03:04:05Z',
    });
    await emulator.saveDraft({ address: OUTLOOK, id: draft.id, to: 'b@x.example', subject: 'e' });
    expect(await get(draft.id)).toMatchObject({ subject: 'e', isDraft: true });
    await emulator.sendDraft({ address: OUTLOOK, id: draft.id });
    expect(await get(draft.id)).toMatchObject({ isDraft: false });
  });

  test('ids are case-sensitive, of two kinds, and translate into each other', async () => {
    await using emulator = await start();
    const a = await emulator.addMessage({ address: OUTLOOK, subject: 'a' });
    const b = await emulator.addMessage({ address: OUTLOOK, subject: 'b' });
    expect(a.id).not.toBe(b.id);
    expect(a.id.toLowerCase()).toBe(b.id.toLowerCase());
    const client = await connectGraph(emulator);
    const body = { inputIds: [a.id], sourceIdType: 'restImmutableEntryId', targetIdType: 'restId' };
    const { rows } = await client.call('POST', '/me/translateExchangeIds', body);
    expect(rows).toEqual([
      { sourceId: a.id, targetId: await emulator.ordinaryId({ address: OUTLOOK, id: a.id }) },
    ]);
    const notYet = { readableAfterMs: 60_000 };
    await emulator.setOutlookSettings({ address: OUTLOOK, ...notYet });
    const fresh = await emulator.addMessage({ address: OUTLOOK });
    expect((await client.get(`/me/messages/${fresh.id}`)).status).toBe(404);
    await emulator.advanceClock({ ms: 60_001 });
    expect((await client.get(`/me/messages/${fresh.id}`)).status).toBe(200);
  });

  test('attachments: file, inline, item and reference', async () => {
    await using emulator = await start();
    const file = { filename: 'a.txt', contentType: 'text/plain', contentBase64: 'aGVsbG8=' };
    const inline = { ...file, filename: 'p.png', contentType: 'image/png', contentId: 'p@x' };
    const only = { address: OUTLOOK, html: '<img src="cid:p@x">', attachments: [inline] };
    const picture = await emulator.addMessage(only);
    const rest = await emulator.addMessage({
      address: OUTLOOK,
      rawBase64: raw(
        'From: a@x.example',
        'Content-Type: multipart/mixed; boundary="b"',
        '',
        '--b',
        'Content-Type: text/plain; name="a.txt"',
        'Content-Disposition: attachment; filename="a.txt"',
        'Content-Transfer-Encoding: base64',
        '',
        'aGVsbG8=',
        '--b',
        'Content-Type: message/rfc822',
        '',
        'From: inner@x.example',
        'Subject: Inner',
        '',
        'inside',
        '--b',
        'Content-Type: message/external-body; access-type=URL; url="https://drive.example/x"',
        'Content-Disposition: attachment; filename="x.xlsx"',
        '',
        '',
        '--b--',
      ),
    });
    const client = await connectGraph(emulator);
    const shown = (await client.get(`/me/messages/${picture.id}`)).body;
    expect(shown.hasAttachments).toBe(false);
    const path = `/me/messages/${rest.id}/attachments`;
    const { rows } = await client.get(path);
    expect(rows).toMatchObject([
      { '@odata.type': '#microsoft.graph.fileAttachment', contentBytes: 'aGVsbG8=', size: 5 },
      { '@odata.type': '#microsoft.graph.itemAttachment', name: 'Inner' },
      {
        '@odata.type': '#microsoft.graph.referenceAttachment',
        sourceUrl: 'https://drive.example/x',
      },
    ]);
    const value = await client.get(`${path}/${rows[0]?.id}/$value`);
    expect(value.body.text).toBe('hello');
    const expand = '?$expand=microsoft.graph.itemattachment/item';
    const item = (await client.get(`${path}/${rows[1]?.id}${expand}`)).body.item;
    expect(item).toMatchObject({ subject: 'Inner' });
    const listed = await client.get(`${path}?$select=name,size`);
    expect(listed.rows[0]).not.toHaveProperty('contentBytes');
    const withBytes = await client.get('/me/messages?$expand=attachments&$top=1');
    expect(withBytes.rows[0]).toHaveProperty('attachments');
  });
});
