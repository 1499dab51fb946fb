import { afterEach, describe, expect, it } from 'vitest';
import { NotFoundError } from '../../../providers/errors.ts';
import { contactsQuery, type Rig, startRig } from './mail-support.ts';

let rig: Rig;
afterEach(() => rig[Symbol.asyncDispose]());

const PDF = Buffer.from('%PDF-1.7 not really').toString('base64');

const WITH_FILES = [
  'From: ann@x.example',
  'To: maya@nordic.example',
  'Subject: files',
  'Message-ID: <files@x.example>',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>See</p><img src="cid:logo@x">',
  '--b',
  'Content-Type: image/png; name=logo.png',
  'Content-ID: <logo@x>',
  'Content-Disposition: inline; filename=logo.png',
  'Content-Transfer-Encoding: base64',
  '',
  'iVBORw0KGgo=',
  '--b',
  'Content-Type: application/pdf; name=plan.pdf',
  'Content-Disposition: attachment; filename=plan.pdf',
  'Content-Transfer-Encoding: base64',
  '',
  PDF,
  '--b--',
  '',
].join('\r\n');

describe('fetching from Outlook', () => {
  it('reads many in one HTTP request, and says which are gone', async () => {
    rig = await startRig();
    const ids: string[] = [];
    for (let n = 0; n < 23; n += 1) {
      ids.push(await rig.add({ from: 'ann@x.example', subject: `${n}`, text: 'Hi' }));
    }
    const [gone = ''] = ids;
    await rig.emulator.deleteMessage({ address: 'maya@nordic.example', id: gone });
    const fetched = await rig.mail().fetchMessages(ids);
    expect(fetched.filter(({ outcome }) => outcome === 'found')).toHaveLength(22);
    expect(fetched).toContainEqual({ id: gone, outcome: 'gone' });
    const log = await rig.emulator.accessLog({});
    expect(log.filter(({ method }) => method === 'graph.batch')).toHaveLength(2);
    expect(rig.calls.reduce((sum, { units }) => sum + units, 0)).toBe(23 + 5 + 1);
    expect(rig.touched()).toMatchObject({ bodies: 23, heads: 0 });
  });

  it('lists attachments without their content, and fetches that on demand', async () => {
    rig = await startRig();
    const id = await rig.add({ rawBase64: Buffer.from(WITH_FILES).toString('base64') });
    const mail = rig.mail();
    const [page] = await Promise.all([mail.search(contactsQuery(['ann@x.example']), null)]);
    const [one] = page.messages ?? [];
    if (one?.outcome !== 'found') throw new Error('not found');
    expect(one.message.attachments).toMatchObject([
      { filename: 'logo.png', inline: true, contentId: 'logo@x' },
      { filename: 'plan.pdf', inline: false, mimeType: 'application/pdf' },
    ]);
    const [, plan] = one.message.attachments;
    const content = await mail.fetchAttachment(id, plan?.partId ?? '');
    expect(Buffer.from(content).toString('base64')).toBe(PDF);
    await expect(mail.fetchAttachment(id, 'AAMkAGI1AAAoZCfHAAA=')).rejects.toThrow(NotFoundError);
  });

  it('a refused part is asked for again, the others are there (D2.17)', async () => {
    rig = await startRig();
    const ids: string[] = [];
    for (let n = 0; n < 4; n += 1) ids.push(await rig.add({ from: 'ann@x.example' }));
    await rig.emulator.armFault({
      method: 'graph.messages.get',
      messageId: ids[2] ?? '',
      effect: { kind: 'preset', preset: 'concurrent429' },
      times: 1,
    });
    const fetched = await rig.mail().fetchHeads(ids);
    expect(fetched.map(({ outcome }) => outcome)).toEqual(['found', 'found', 'retry', 'found']);
    expect(fetched[2]).toMatchObject({ retryAfterMs: 1_000 });
  });

  it('renews its token once when the parts of a batch were sent with a dead one', async () => {
    rig = await startRig();
    const ids = [await rig.add({ from: 'a@x.example' }), await rig.add({ from: 'b@x.example' })];
    await rig.emulator.armFault({
      method: 'graph.messages.get',
      effect: { kind: 'preset', preset: 'unauthorized401' },
      times: 1,
    });
    const fetched = await rig.mail().fetchHeads(ids);
    expect(fetched.map(({ outcome }) => outcome)).toEqual(['found', 'found']);
  });
});
