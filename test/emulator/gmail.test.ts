import { describe, expect, test } from 'vitest';
import { SCOPE, startEmulator } from '../../emulator/index.ts';
import { ADDRESS, batchGet, connect, refusal } from './support.ts';

const start = () => startEmulator({ accounts: [{ address: ADDRESS, labels: ['Clients/Acme'] }] });

const RAW = [
  'Received: from mx.acme.example (mx.acme.example [192.0.2.9])',
  '        by mx.google.com with ESMTPS id x1',
  'FROM: =?UTF-8?Q?Zo=C3=AB?= <zoe@acme.example>',
  `To: ${ADDRESS}`,
  'Subject: Figures & facts',
  'Message-Id: <m1@acme.example>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="outer"',
  '',
  '--outer',
  'Content-Type: multipart/alternative; boundary="outer-inner"',
  '',
  '--outer-inner',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'Caf=E9 <costs> & "more"',
  '--outer-inner',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>Caf\u00e9</p>',
  '--outer-inner--',
  '--outer',
  'Content-Type: application/pdf; name="q3.pdf"',
  'Content-Disposition: attachment; filename="q3.pdf"',
  'Content-Transfer-Encoding: base64',
  '',
  'JVBERi0xLjQ=',
  '--outer--',
  '',
].join('\r\n');

const rawBase64 = Buffer.from(RAW, 'utf8').toString('base64');

describe('messages', () => {
  test('full format is the payload tree, with the sender’s headers untouched', async () => {
    await using emulator = await start();
    const { id } = await emulator.addMessage({ address: ADDRESS, rawBase64 });
    const { api } = await connect(emulator);
    const { data } = await api.users.messages.get({ userId: 'me', id });
    expect(data.labelIds).toEqual(['INBOX', 'UNREAD']);
    expect(data.snippet).toBe('Café &lt;costs&gt; &amp; &quot;more&quot;');
    const { payload } = data;
    expect(payload?.partId).toBe('');
    expect(payload?.headers?.[0]).toEqual({
      name: 'Received',
      value:
        'from mx.acme.example (mx.acme.example [192.0.2.9])        by mx.google.com with ESMTPS id x1',
    });
    expect(payload?.headers?.[1]).toEqual({
      name: 'FROM',
      value: '=?UTF-8?Q?Zo=C3=AB?= <zoe@acme.example>',
    });
    const [alternative, pdf] = payload?.parts ?? [];
    expect(alternative?.parts?.map((part) => part.partId)).toEqual(['0.0', '0.1']);
    const plain = alternative?.parts?.[0]?.body?.data ?? '';
    expect(Buffer.from(plain, 'base64url').toString('utf8')).toBe('Café <costs> & "more"');
    expect(pdf).toMatchObject({ partId: '1', filename: 'q3.pdf', mimeType: 'application/pdf' });
    expect(pdf?.body?.size).toBe(8);
    expect(pdf?.body?.data).toBeUndefined();
  });

  test('attachment ids change with every get and all of them work', async () => {
    await using emulator = await start();
    const { id } = await emulator.addMessage({ address: ADDRESS, rawBase64 });
    const { api } = await connect(emulator);
    const idOf = async () => {
      const { data } = await api.users.messages.get({ userId: 'me', id });
      return data.payload?.parts?.[1]?.body?.attachmentId ?? '';
    };
    const [first, second] = [await idOf(), await idOf()];
    expect(first).not.toBe(second);
    const { data } = await api.users.messages.attachments.get({
      userId: 'me',
      messageId: id,
      id: first,
    });
    expect(Buffer.from(data.data ?? '', 'base64url').toString()).toBe('%PDF-1.4');
  });

  test('metadata, minimal, raw and a field mask give what they promise', async () => {
    await using emulator = await start();
    const { id } = await emulator.addMessage({ address: ADDRESS, rawBase64 });
    const { api } = await connect(emulator);
    const get = async (params: object) =>
      (await api.users.messages.get({ userId: 'me', id, ...params })).data;
    const metadata = await get({ format: 'metadata', metadataHeaders: ['from', 'Message-ID'] });
    expect(metadata.payload?.headers?.map((header) => header.name)).toEqual(['FROM', 'Message-Id']);
    expect((await get({ format: 'minimal' })).payload).toBeUndefined();
    const raw = await get({ format: 'raw' });
    expect(Buffer.from(raw.raw ?? '', 'base64url').toString('utf8')).toBe(RAW);
    const masked = await get({ fields: 'id,payload(headers/name,parts(filename))' });
    expect(Object.keys(masked)).toEqual(['id', 'payload']);
    expect(masked.payload?.headers?.[0]).toEqual({ name: 'Received' });
  });

  test('pages do not overlap and an empty list has no messages key', async () => {
    await using emulator = await start();
    const { api } = await connect(emulator);
    expect((await api.users.messages.list({ userId: 'me' })).data).toEqual({
      resultSizeEstimate: 0,
    });
    for (let i = 0; i < 7; i++) {
      await emulator.addMessage({ address: ADDRESS, from: 'a@b.example', text: `${i}` });
    }
    const seen: string[] = [];
    let pageToken: string | undefined;
    do {
      const { data } = await api.users.messages.list({
        userId: 'me',
        maxResults: 3,
        ...(pageToken && { pageToken }),
      });
      seen.push(...(data.messages ?? []).map((message) => message.id ?? ''));
      pageToken = data.nextPageToken ?? undefined;
      // New mail while paging shifts nothing.
      await emulator.addMessage({ address: ADDRESS, from: 'late@b.example', text: 'late' });
    } while (pageToken);
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
  });

  test('labelIds are joined by AND; spam and trash stay out unless asked for', async () => {
    await using emulator = await start();
    const one = await emulator.addMessage({ address: ADDRESS, labels: ['INBOX', 'Clients/Acme'] });
    await emulator.addMessage({ address: ADDRESS });
    const junk = await emulator.addMessage({ address: ADDRESS, labels: ['SPAM'] });
    const { api } = await connect(emulator);
    const labels = await api.users.labels.list({ userId: 'me' });
    const acme = labels.data.labels?.find((label) => label.name === 'Clients/Acme');
    expect(acme).toMatchObject({ type: 'user', labelListVisibility: 'labelShow' });
    const list = async (params: object) =>
      (await api.users.messages.list({ userId: 'me', ...params })).data.messages?.map((m) => m.id);
    expect(await list({ labelIds: ['INBOX', acme?.id ?? ''] })).toEqual([one.id]);
    expect(await list({})).not.toContain(junk.id);
    expect(await list({ includeSpamTrash: true })).toContain(junk.id);
  });

  test('a missing message is 404 notFound', async () => {
    await using emulator = await start();
    const { api } = await connect(emulator);
    const call = api.users.messages.get({ userId: 'me', id: '18c0000000000000' });
    expect(await refusal(call)).toEqual({
      status: 404,
      reason: 'notFound',
      message: 'Requested entity was not found.',
    });
  });
});

describe('scopes', () => {
  test('gmail.metadata may neither search nor read bodies', async () => {
    await using emulator = await start();
    const { id } = await emulator.addMessage({ address: ADDRESS, rawBase64 });
    const { api } = await connect(emulator, { scopes: [SCOPE.metadata] });
    expect(await refusal(api.users.messages.list({ userId: 'me', q: 'x' }))).toMatchObject({
      status: 403,
      reason: 'forbidden',
      message: "Metadata scope does not support 'q' parameter",
    });
    expect(await refusal(api.users.messages.get({ userId: 'me', id }))).toMatchObject({
      message: "Metadata scope doesn't allow format FULL",
    });
    const { data } = await api.users.messages.get({ userId: 'me', id, format: 'metadata' });
    expect(data.snippet).toBeUndefined();
  });

  test('sending needs a send scope', async () => {
    await using emulator = await start();
    const { api } = await connect(emulator);
    const call = api.users.messages.send({ userId: 'me', requestBody: { raw: 'eA' } });
    expect(await refusal(call)).toMatchObject({ status: 403, reason: 'insufficientPermissions' });
  });

  test('another user’s mailbox is denied', async () => {
    await using emulator = await start();
    const { api } = await connect(emulator);
    expect(await refusal(api.users.getProfile({ userId: 'someone@else.example' }))).toMatchObject({
      status: 403,
      reason: 'forbidden',
    });
  });
});

describe('sending', () => {
  test('puts a SENT copy into the thread it answers, and into history', async () => {
    await using emulator = await start();
    const first = await emulator.addMessage({ address: ADDRESS, rawBase64 });
    const { api } = await connect(emulator, { scopes: [SCOPE.send, SCOPE.readonly] });
    const profile = await api.users.getProfile({ userId: 'me' });
    const raw = Buffer.from(
      'To: zoe@acme.example\r\nSubject: Re: Figures & facts\r\nIn-Reply-To: <m1@acme.example>\r\n\r\nHi',
    ).toString('base64url');
    const sent = await api.users.messages.send({
      userId: 'me',
      requestBody: { raw, threadId: first.threadId },
    });
    expect(sent.data).toMatchObject({ threadId: first.threadId, labelIds: ['SENT'] });
    const history = await api.users.history.list({
      userId: 'me',
      startHistoryId: profile.data.historyId ?? '',
    });
    expect(history.data.history?.[0]?.messagesAdded?.[0]?.message?.id).toBe(sent.data.id);
  });

  test('takes a large message at the upload address only, by the official client', async () => {
    await using emulator = await start();
    const first = await emulator.addMessage({ address: ADDRESS, rawBase64 });
    const { api } = await connect(emulator, { scopes: [SCOPE.send, SCOPE.readonly] });
    const message =
      'To: zoe@acme.example\r\nSubject: Re: Figures & facts\r\nIn-Reply-To: <m1@acme.example>\r\n' +
      `\r\n${'A line of a long message.\r\n'.repeat(250_000)}`;
    const raw = Buffer.from(message).toString('base64url');
    const refused = api.users.messages.send({ userId: 'me', requestBody: { raw } });
    expect(await refusal(refused)).toMatchObject({ status: 413 });
    const upload = (body: string, mimeType = 'message/rfc822') =>
      api.users.messages.send(
        { userId: 'me', requestBody: { threadId: first.threadId }, media: { mimeType, body } },
        // The client takes only this one for uploads.
        { rootUrl: `${emulator.url}/` },
      );
    expect(await refusal(upload(message, 'text/plain'))).toMatchObject({ status: 400 });
    const sent = await upload(message);
    expect(sent.data).toMatchObject({ threadId: first.threadId, labelIds: ['SENT'] });
    const kept = await emulator.rawMessage({ address: ADDRESS, id: sent.data.id ?? '' });
    expect(Buffer.from(kept, 'base64').toString('latin1').endsWith(message)).toBe(true);
  });
});

describe('batch', () => {
  test('answers each part with its own status and Content-ID', async () => {
    await using emulator = await start();
    const { id } = await emulator.addMessage({ address: ADDRESS, rawBase64 });
    const { auth } = await connect(emulator);
    const parts = await batchGet(emulator.url, auth, [
      `/gmail/v1/users/me/messages/${id}?format=minimal`,
      '/gmail/v1/users/me/messages/18c0000000000000',
    ]);
    expect(parts.map((part) => [part.contentId, part.status])).toEqual([
      ['<response-item0>', 200],
      ['<response-item1>', 404],
    ]);
    expect(parts[0]?.body.id).toBe(id);
  });

  test('without a token the envelope is 200 and the parts are 401', async () => {
    await using emulator = await start();
    const body =
      '--b\r\nContent-Type: application/http\r\n\r\nGET /gmail/v1/users/me/profile\r\n\r\n--b--';
    const answer = await fetch(`${emulator.url}/batch`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/mixed; boundary=b' },
      body,
    });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('HTTP/1.1 401');
  });

  test('more than a hundred parts refuse the whole batch', async () => {
    await using emulator = await start();
    const { auth } = await connect(emulator);
    const paths = Array.from({ length: 101 }, () => '/gmail/v1/users/me/profile');
    await expect(batchGet(emulator.url, auth, paths)).rejects.toMatchObject({
      response: { status: 400 },
    });
  });
});
