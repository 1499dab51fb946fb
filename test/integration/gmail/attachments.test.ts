import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADDRESS, type Rig, startRig } from './support.ts';

describe('attachments of a Gmail message', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const bytes = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 256));
  const listed = async (id: string) => {
    const [got] = await (await rig.provider()).fetchMessages([id]);
    if (got?.outcome !== 'found') throw new Error('not found');
    return got.message.attachments;
  };

  it('lists them by a stable id and gives their bytes back', async () => {
    const { id } = await rig.emulator.addMessage({
      address: ADDRESS,
      text: 'see attached',
      html: '<p>see <img src="cid:logo@x"></p>',
      attachments: [
        {
          filename: 'dät.bin',
          contentType: 'application/x-y',
          contentBase64: bytes.toString('base64'),
        },
        { contentType: 'image/png', contentBase64: 'AAEC', contentId: 'logo@x' },
      ],
    });
    const attachments = await listed(id);
    expect(attachments.find(({ filename }) => filename === 'dät.bin')).toMatchObject({
      sizeBytes: 5_000,
      inline: false,
    });
    expect(attachments.find(({ contentId }) => contentId === 'logo@x')).toMatchObject({
      inline: true,
    });
    expect(await listed(id)).toEqual(attachments);
    const provider = await rig.provider();
    for (const { partId, sizeBytes } of attachments) {
      const content = await provider.fetchAttachment(id, partId);
      expect(content.length).toBe(sizeBytes);
      if (sizeBytes === bytes.length) expect(Buffer.from(content).equals(bytes)).toBe(true);
    }
  });

  it('serves a mail that is nothing but a file', async () => {
    const raw =
      'From: a@x.com\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n';
    const rawBase64 = Buffer.from(raw).toString('base64');
    const { id } = await rig.emulator.addMessage({ address: ADDRESS, rawBase64 });
    const [attachment] = await listed(id);
    expect(attachment).toMatchObject({ partId: '0', filename: 'a.pdf', sizeBytes: 3 });
    const content = await (await rig.provider()).fetchAttachment(id, '0');
    expect([...content]).toEqual([0, 1, 2]);
  });

  it('refuses what is not there or too large', async () => {
    const attachments = [
      { contentType: 'application/x-y', contentBase64: bytes.toString('base64') },
    ];
    const { id } = await rig.emulator.addMessage({ address: ADDRESS, text: 'x', attachments });
    const [attachment] = await listed(id);
    const provider = await rig.provider();
    const notFound = { name: 'NotFound' };
    await expect(provider.fetchAttachment(id, '9.9')).rejects.toMatchObject(notFound);
    await expect(provider.fetchAttachment('deadbeef', '0')).rejects.toMatchObject(notFound);
    const small = await rig.provider({ maxResponseBytes: 4_000 });
    const asked = small.fetchAttachment(id, attachment?.partId ?? '');
    await expect(asked).rejects.toMatchObject({ name: 'RequestRefused' });
  });
});
