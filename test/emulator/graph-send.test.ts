import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import { account, connectGraph, IMMUTABLE, type Json, OUTLOOK } from './graph-support.ts';

const raw = (...lines: string[]) => Buffer.from(lines.join('\r\n')).toString('base64');

describe('sending', () => {
  const message = {
    subject: 'Hello',
    body: { contentType: 'text', content: 'Hi' },
    toRecipients: [{ emailAddress: { address: 'tom@x.example' } }],
    internetMessageHeaders: [{ name: 'x-crm-id', value: '42' }],
  };

  test('answers 202 without an id; the copy shows up in Sent Items', async () => {
    await using emulator = await startEmulator({ outlookAccounts: [account()] });
    const client = await connectGraph(emulator, { permissions: ['Mail.Read', 'Mail.Send'] });
    const sent = await client.call('POST', '/me/sendMail', { message });
    expect(sent).toMatchObject({ status: 202, body: { text: '' } });
    const select = '?$select=subject,internetMessageId,internetMessageHeaders,from,isDraft';
    const { rows } = await client.get(`/me/mailFolders/sentitems/messages${select}`);
    expect(rows).toMatchObject([
      { subject: 'Hello', isDraft: false, from: { emailAddress: { address: OUTLOOK } } },
    ]);
    const unsaved = { message, saveToSentItems: false };
    await client.call('POST', '/me/sendMail', unsaved);
    expect((await client.get('/me/mailFolders/sentitems/messages')).rows).toHaveLength(1);
    const mime = raw('From: forged@x.example', 'To: a@x.example', 'Subject: Mime', '', 'x');
    const type = { 'content-type': 'text/plain' };
    expect((await client.call('POST', '/me/sendMail', mime, type)).status).toBe(202);
    const [copy] = (await client.get('/me/mailFolders/sentitems/messages')).rows;
    expect(copy).toMatchObject({ subject: 'Mime', sender: { emailAddress: { address: OUTLOOK } } });
  });

  test('needs Mail.Send, a recipient and x- headers', async () => {
    await using emulator = await startEmulator({ outlookAccounts: [account()] });
    const reader = await connectGraph(emulator);
    expect((await reader.call('POST', '/me/sendMail', { message })).code).toBe('ErrorAccessDenied');
    const client = await connectGraph(emulator, { permissions: ['Mail.Send'] });
    const code = async (change: Json) =>
      (await client.call('POST', '/me/sendMail', { message: { ...message, ...change } })).code;
    expect(await code({ toRecipients: [] })).toBe('ErrorInvalidRecipients');
    expect(await code({ internetMessageHeaders: [{ name: 'Reply-To', value: 'a' }] })).toBe(
      'InvalidInternetMessageHeader',
    );
    expect((await client.call('POST', '/me/messages', message)).code).toBe('ErrorAccessDenied');
  });

  test('a reply answers the thread', async () => {
    await using emulator = await startEmulator({ outlookAccounts: [account()] });
    const asked = { address: OUTLOOK, from: 'tom@x.example', subject: 'Price?' };
    const { id, threadId } = await emulator.addMessage(asked);
    const client = await connectGraph(emulator, { permissions: ['Mail.Read', 'Mail.Send'] });
    await client.call('POST', `/me/messages/${id}/reply`, { comment: 'Ten.' });
    const { rows } = await client.get('/me/mailFolders/sentitems/messages');
    expect(rows).toMatchObject([{ subject: 'Re: Price?', conversationId: threadId }]);
  });

  test('keeps properties of the caller’s own with the copy, and finds by them', async () => {
    await using emulator = await startEmulator({ outlookAccounts: [account()] });
    const client = await connectGraph(emulator, { permissions: ['Mail.Read', 'Mail.Send'] });
    const id = 'String {6a1f0f0e-2f6b-4f0b-9a3d-5d4b8f1c7e21} Name Mine';
    const { id: asked } = await emulator.addMessage({ address: OUTLOOK, from: 'tom@x.example' });
    for (const [path, value] of [
      ['/me/sendMail', 'one'],
      [`/me/messages/${asked}/reply`, 'two'],
    ]) {
      const singleValueExtendedProperties = [{ id, value }];
      await client.call('POST', path ?? '', {
        message: { ...message, singleValueExtendedProperties },
      });
    }
    const find = async (name: string, value: string) => {
      const filter = `singleValueExtendedProperties/Any(ep: ep/id eq '${name}' and ep/value eq '${value}')`;
      const { rows } = await client.get(`/me/messages?$filter=${encodeURIComponent(filter)}`);
      return rows.length;
    };
    expect(await Promise.all([find(id, 'ONE'), find(id, 'two')])).toEqual([1, 1]);
    expect(await Promise.all([find(id, 'three'), find(id.replace('Mine', 'mine'), 'one')])).toEqual(
      [0, 0],
    );
    const wrong = { ...message, singleValueExtendedProperties: [{ id: 'Mine', value: 'x' }] };
    expect((await client.call('POST', '/me/sendMail', { message: wrong })).status).toBe(400);
  });

  test('a request is 4 MB at most', async () => {
    await using emulator = await startEmulator({ outlookAccounts: [account()] });
    const client = await connectGraph(emulator, { permissions: ['Mail.Send'] });
    const large = { ...message, attachments: [{ name: 'x', contentBytes: 'A'.repeat(4_200_000) }] };
    expect((await client.call('POST', '/me/sendMail', { message: large })).status).toBe(413);
  });

  test('drafts are written, changed, moved and sent with Mail.ReadWrite', async () => {
    await using emulator = await startEmulator({ outlookAccounts: [account()] });
    const permissions = ['Mail.ReadWrite', 'Mail.Send'];
    const client = await connectGraph(emulator, { permissions });
    const made = await client.call('POST', '/me/messages', message, IMMUTABLE);
    const path = `/me/messages/${made.body.id}`;
    const changed = await client.call('PATCH', path, { subject: 'Changed' }, IMMUTABLE);
    expect(changed.body).toMatchObject({ subject: 'Changed', isDraft: true, id: made.body.id });
    expect((await client.call('POST', `${path}/send`)).status).toBe(202);
    const sent = await client.get(path, IMMUTABLE);
    expect(sent.body).toMatchObject({ isDraft: false, subject: 'Changed' });
    await client.call('POST', `${path}/move`, { destinationId: 'archive' });
    expect((await client.call('DELETE', path)).status).toBe(204);
    expect((await client.get(path)).status).toBe(200);
    expect((await client.call('DELETE', path)).status).toBe(204);
    expect((await client.get(path)).status).toBe(404);
  });
});
