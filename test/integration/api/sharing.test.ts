import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ANN,
  BOB,
  EVE,
  type Rig,
  type SeededInbox,
  seedInbox,
  seedMessage,
  startRig,
  until,
} from './support.ts';

const TIMELINE = '/api/v1/contacts/carol/timeline';
const START = Date.UTC(2026, 5, 1);

describe('sharing one thread with the team', () => {
  let rig: Rig;
  let inbox: SeededInbox;
  let thread: string;
  let shared: string;
  let secret: string;
  beforeEach(async () => {
    await rig?.[Symbol.asyncDispose]();
    rig = await startRig();
    for (const person of [ANN, EVE]) {
      await rig.call(person, 'PUT', '/api/v1/contacts/carol', {
        addresses: ['carol@customer.example'],
      });
    }
    inbox = await seedInbox(rig, ANN, 'ann@gmail.example');
    shared = await seed('t-open', START, 'Shown');
    secret = await seed('t-private', START + 1000, 'Hidden');
    thread = `/api/v1/threads/${inbox.inboxId}/t-open`;
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const seed = (providerThreadId: string, receivedAt: number, subject: string) =>
    seedMessage(rig, inbox, { contactIds: ['carol'], providerThreadId, receivedAt, subject });
  const share = () => rig.call(ANN, 'PUT', `${thread}/share`);
  const subjects = async (person = BOB) =>
    (await rig.call(person, 'GET', TIMELINE)).body.messages.map(({ subject }) => subject);
  const statuses = async (person = BOB) => [
    (await rig.call(person, 'GET', `/api/v1/messages/${shared}`)).status,
    (await rig.call(person, 'GET', thread)).status,
  ];

  it('P3 B6 shows it to teammates, marked as shared by whom, and the other thread to nobody', async () => {
    expect([await subjects(), await statuses()]).toEqual([[], [404, 404]]);
    expect((await share()).status).toBe(200);
    const { body } = await rig.call(BOB, 'GET', TIMELINE);
    expect(body.messages).toMatchObject([{ subject: 'Shown', shared: true, sharedBy: 'ann' }]);
    expect(await statuses()).toEqual([200, 200]);
    expect((await rig.call(BOB, 'GET', `/api/v1/messages/${secret}`)).status).toBe(404);
    expect((await rig.call(BOB, 'GET', `/api/v1/inboxes/${inbox.inboxId}`)).status).toBe(404);
    expect([await subjects(EVE), await statuses(EVE)]).toEqual([[], [404, 404]]);
    const own = await rig.call(ANN, 'GET', TIMELINE);
    expect(own.body.messages).toMatchObject([
      { subject: 'Hidden', shared: false, sharedBy: null },
      { subject: 'Shown', shared: true, sharedBy: null },
    ]);
  });

  it('is its owner’s act: a teammate who reads it cannot share it on, look at the share or end it', async () => {
    await share();
    for (const person of [BOB, EVE]) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        expect((await rig.call(person, method, `${thread}/share`)).status).toBe(404);
      }
    }
    expect(await statuses()).toEqual([200, 200]);
    const unknown = await rig.call(ANN, 'PUT', `/api/v1/threads/${inbox.inboxId}/none/share`);
    expect(unknown.status).toBe(404);
  });

  it('tells the owner who will see it before, and who has opened it after', async () => {
    const before = (await rig.call(ANN, 'GET', `${thread}/share`)).body as object;
    expect(before).toMatchObject({
      shared: false,
      sharedAt: null,
      audience: { orgId: 'acme', words: expect.stringMatching(/^If you share it, everybody/) },
      openedBy: [],
    });
    await share();
    await rig.call(BOB, 'GET', `/api/v1/messages/${shared}`);
    await rig.call(ANN, 'GET', thread);
    const after = (await rig.call(ANN, 'GET', `${thread}/share`)).body as object;
    expect(after).toMatchObject({
      shared: true,
      audience: { words: expect.stringMatching(/^Everybody/) },
      openedBy: [{ userId: 'bob' }],
    });
  });

  it('is taken back at once, and can be shared again', async () => {
    await share();
    expect(await subjects()).toEqual(['Shown']);
    expect((await rig.call(ANN, 'GET', '/api/v1/shares')).body).toMatchObject({
      shares: [{ inboxId: inbox.inboxId, threadId: 't-open' }],
    });
    expect((await rig.call(ANN, 'DELETE', `${thread}/share`)).status).toBe(204);
    expect([await subjects(), await statuses()]).toEqual([[], [404, 404]]);
    expect((await rig.call(ANN, 'GET', '/api/v1/shares')).body).toEqual({ shares: [] });
    expect((await rig.call(ANN, 'DELETE', `${thread}/share`)).status).toBe(204);
    await share();
    expect(await subjects()).toEqual(['Shown']);
  });

  it('covers what comes later in the thread, and nothing beside it', async () => {
    await share();
    await seed('t-open', START + 2000, 'Reply');
    await seed('t-other', START + 3000, 'Other');
    expect(await subjects()).toEqual(['Reply', 'Shown']);
  });

  it('pages own and shared mail as one timeline, each message once', async () => {
    await share();
    const bobs = await seedInbox(rig, BOB, 'bob@gmail.example');
    for (let i = 0; i < 6; i++) {
      await seedMessage(rig, bobs, {
        contactIds: ['carol'],
        receivedAt: START + i * 1000,
        subject: `Own ${i}`,
      });
      await seed('t-open', START + 500 + i * 1000, `Shared ${i}`);
    }
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await rig.call(
        BOB,
        'GET',
        `${TIMELINE}?limit=3${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...page.body.messages.map(({ subject }) => subject));
      cursor = page.body.nextCursor;
    }
    const pairs = [5, 4, 3, 2, 1, 0].flatMap((i) => [`Shared ${i}`, `Own ${i}`]);
    // "Own 0" and "Shown" came in the same millisecond: either may be first.
    expect(seen.slice(0, 11)).toEqual(pairs.slice(0, 11));
    expect(seen.slice(11).sort()).toEqual(['Own 0', 'Shown']);
  });

  it('outlives a disconnect, and ends with the history', async () => {
    await share();
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${inbox.inboxId}/disconnect`);
    expect([await subjects(), await statuses()]).toEqual([['Shown'], [200, 200]]);
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${inbox.inboxId}/delete-history`, {
      confirm: 'delete',
    });
    expect([await subjects(), await statuses()]).toEqual([[], [404, 404]]);
    expect(await rig.db.sql('select from thread_shares')).toEqual([]);
  });

  it('fetches attachments of the shared thread for a teammate, as long as the inbox is connected', async () => {
    const sent = await rig.emulator.addMessage({
      address: 'ann@gmail.example',
      from: 'carol@customer.example',
      to: 'ann@gmail.example',
      subject: 'With a file',
      text: 'see the file',
      attachments: [
        {
          filename: 'a.txt',
          contentType: 'text/plain',
          contentBase64: Buffer.from('content').toString('base64'),
        },
      ],
    });
    const attachment = {
      partId: '1',
      filename: 'a.txt',
      mimeType: 'text/plain',
      sizeBytes: 7,
      inline: false,
      contentId: null,
    };
    const id = await seedMessage(rig, inbox, {
      contactIds: ['carol'],
      providerMessageId: sent.id,
      providerThreadId: 't-open',
      attachments: [attachment],
    });
    const file = `/api/v1/messages/${id}/attachments/1`;
    expect((await rig.call(BOB, 'GET', file)).status).toBe(404);
    await share();
    const fetched = await rig.call(BOB, 'GET', file);
    expect([fetched.status, fetched.body]).toEqual([200, 'content']);
    // A dead grant is its owner's to mend, whoever meets it (B9).
    rig.workflows.told.length = 0;
    await rig.emulator.revokeGrant({ address: 'ann@gmail.example' });
    expect((await rig.call(BOB, 'GET', file)).status).toBe(409);
    await until(() => rig.workflows.told.length > 0);
    expect(rig.workflows.told).toEqual([`wake ${inbox.inboxId} work`]);
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${inbox.inboxId}/disconnect`);
    expect((await rig.call(BOB, 'GET', file)).status).toBe(409);
    await rig.call(ANN, 'DELETE', `${thread}/share`);
    expect((await rig.call(BOB, 'GET', file)).status).toBe(404);
  });
});
