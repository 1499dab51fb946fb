import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ANN,
  BOB,
  type Rig,
  type SeededInbox,
  seedInbox,
  seedMessage,
  startRig,
  tokenOf,
  until,
} from './support.ts';

const ADDRESS = 'ann@gmail.example';

describe('timelines, messages and attachments', () => {
  let rig: Rig;
  let inbox: SeededInbox;
  beforeAll(async () => {
    rig = await startRig();
    inbox = await seedInbox(rig, ANN, ADDRESS);
    await rig.call(ANN, 'POST', '/api/v1/contacts/bulk', {
      contacts: [
        { id: 'carol', name: 'Carol', addresses: ['carol@customer.example'] },
        { id: 'dave', addresses: ['dave@customer.example', '<DAVE@customer.example>'] },
      ],
    });
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  it('keeps contacts as the CRM pushes them', async () => {
    const dave = await rig.call(ANN, 'GET', '/api/v1/contacts/dave');
    expect(dave.body).toEqual({ id: 'dave', name: '', addresses: ['dave@customer.example'] });
    const put = await rig.call(ANN, 'PUT', '/api/v1/contacts/erin', {
      name: 'Erin',
      addresses: ['e@x.example'],
    });
    expect(put).toMatchObject({
      status: 201,
      body: { id: 'erin', name: 'Erin', addresses: ['e@x.example'] },
    });
    expect((await rig.call(ANN, 'PUT', '/api/v1/contacts/erin', { addresses: [] })).status).toBe(
      200,
    );
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await rig.call(
        ANN,
        'GET',
        `/api/v1/contacts?limit=2${cursor && `&cursor=${cursor}`}`,
      );
      ids.push(...page.body.contacts.map((contact: { id: string }) => contact.id));
      cursor = page.body.nextCursor;
    }
    expect(ids).toEqual(['carol', 'dave', 'erin']);
    expect((await rig.call(ANN, 'DELETE', '/api/v1/contacts/erin')).status).toBe(204);
    expect((await rig.call(ANN, 'GET', '/api/v1/contacts/erin')).status).toBe(404);
  });

  it('pages what was to be sent newest first, to its owner alone, and can leave out what was', async () => {
    const due = new Date(Date.now() + 3_600_000).toISOString();
    const states = ['failed', 'sent', 'queued', 'unknown', 'sent', 'cancelled', 'stopped'];
    // Some are accepted in the same moment.
    const rows = await rig.db.sql<{ id: string; state: string }>(
      `insert into outgoing_messages (id, inbox_id, idempotency_key, request_hash, state, content_ct,
         rfc_message_id, recipients, failure, due_at, created_at)
       select gen_random_uuid(), $1, 'key ' || n, 'h',
         case state when 'stopped' then 'cancelled' else state end, 'sealed', 'm', n,
         case state when 'failed' then 'refused' when 'stopped' then 'sending_turned_off' end, $3, now() - (n / 2) * interval '1 minute'
       from unnest($2::text[]) with ordinality as of(state, n) returning id, state`,
      [inbox.inboxId, states, due],
    );
    type Listed = { id: string; state: string; failure: string | null; createdAt: string };
    type Page = { outgoing: Listed[]; nextCursor: string | null };
    const path = `/api/v1/inboxes/${inbox.inboxId}/outgoing`;
    const listed = async (query: string) => {
      const all: Listed[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = await rig.call(
          ANN,
          'GET',
          `${path}?limit=2${query}${cursor && `&cursor=${cursor}`}`,
        );
        const { outgoing, nextCursor } = page.body as unknown as Page;
        expect(outgoing.length).toBeLessThanOrEqual(2);
        all.push(...outgoing);
        cursor = nextCursor;
      }
      return all;
    };
    const all = await listed('');
    expect(all.map(({ id }) => id).toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
    const times = all.map(({ createdAt }) => createdAt);
    expect(times).toEqual(times.toSorted().reverse());
    // What its user has cancelled is no news to them.
    const unsent = (await listed('&unsent=true')).map(({ state, failure }) => failure ?? state);
    expect(unsent.toSorted()).toEqual(['queued', 'refused', 'sending_turned_off', 'unknown']);
    expect(all.find(({ state }) => state === 'queued')).toMatchObject({
      ...{ nextAttemptAt: due, recipients: 3, failure: null },
    });
    expect(all.find(({ state }) => state === 'failed')).toMatchObject({ failure: 'refused' });
    expect((await rig.call(BOB, 'GET', path)).status).toBe(404);
  });

  it('cancels what waits, and nothing whose attempt has begun; its content goes', async () => {
    const rows = await rig.db.sql<{ id: string; state: string }>(
      `insert into outgoing_messages (id, inbox_id, idempotency_key, request_hash, state, content_ct,
         rfc_message_id)
       select gen_random_uuid(), $1, 'to cancel ' || state, 'h', state, 'sealed', 'm'
       from unnest($2::text[]) as of(state) returning id, state`,
      [inbox.inboxId, ['queued', 'sending', 'sent', 'unknown', 'failed']],
    );
    const cancel = (user: typeof ANN, id: string) =>
      rig.call(user, 'DELETE', `/api/v1/inboxes/${inbox.inboxId}/outgoing/${id}`);
    for (const { id, state } of rows) {
      expect((await cancel(BOB, id)).status).toBe(404);
      const first = await cancel(ANN, id);
      const again = await cancel(ANN, id);
      if (state === 'queued') {
        expect([first.status, again.status]).toEqual([200, 200]);
        expect(again.body).toMatchObject({ id, state: 'cancelled', failure: null });
      } else {
        expect([first.status, first.body.type]).toEqual([409, '/problems/not-waiting']);
        expect(first.body.detail).toContain(state);
      }
    }
    const left = await rig.db.sql(
      `select state, content_ct is null as empty from outgoing_messages
       where inbox_id = $1 and idempotency_key like 'to cancel %' order by state`,
      [inbox.inboxId],
    );
    expect(left).toEqual([
      { state: 'cancelled', empty: true },
      ...['failed', 'sending', 'sent', 'unknown'].map((state) => ({ state, empty: false })),
    ]);
    const noted = await rig.db.sql(
      "select from audit_log where act = 'message.cancelled' and inbox_id = $1",
      [inbox.inboxId],
    );
    expect(noted).toHaveLength(1);
  });

  it('pages a timeline newest first, each message once', async () => {
    const start = Date.UTC(2026, 5, 1);
    for (let i = 0; i < 23; i++) {
      // Several of one millisecond, so that the page boundary falls between them.
      await seedMessage(rig, inbox, {
        contactIds: ['carol'],
        receivedAt: start + Math.floor(i / 4),
        subject: `Mail ${i}`,
      });
    }
    const seen: { id: string; receivedAt: string; subject: string }[] = [];
    let pages = 0;
    for (let cursor: string | null = ''; cursor !== null; pages++) {
      const { body } = await rig.call(
        ANN,
        'GET',
        `/api/v1/contacts/carol/timeline?limit=5${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...body.messages);
      cursor = body.nextCursor;
    }
    expect(pages).toBe(5);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(23);
    expect(seen.map(({ receivedAt }) => receivedAt)).toEqual(
      seen
        .map(({ receivedAt }) => receivedAt)
        .toSorted()
        .reverse(),
    );
    expect(seen[0]).toMatchObject({
      inboxId: inbox.inboxId,
      threadId: 'thread-1',
      direction: 'inbound',
      snippet: 'Snippet',
      participants: [{ role: 'from', name: 'Carol', address: 'carol@customer.example' }],
      hasAttachments: false,
    });
    expect((await rig.call(ANN, 'GET', '/api/v1/contacts/dave/timeline')).body.messages).toEqual(
      [],
    );
    expect((await rig.call(ANN, 'GET', '/api/v1/contacts/nobody/timeline')).status).toBe(404);
  });

  it('shows a message cleaned, remote images only when asked', async () => {
    const id = await seedMessage(rig, inbox, {
      contactIds: ['dave'],
      providerThreadId: 'thread-html',
      html: '<p onclick="x()">Hi <script>alert(1)</script><img src="cid:logo@x"><img src="https://t.example/p.gif"></p>',
      attachments: [
        {
          partId: '1.2',
          filename: 'logo.png',
          mimeType: 'image/png',
          sizeBytes: 3,
          inline: true,
          contentId: 'logo@x',
        },
      ],
    });
    const { body } = await rig.call(ANN, 'GET', `/api/v1/messages/${id}`);
    const logo = `/api/v1/messages/${id}/attachments/1.2`;
    expect(body.html).toBe(
      `<p>Hi <img alt="" src="${logo}" /><img alt="" data-remote-image="blocked" /></p>`,
    );
    expect(body).toMatchObject({
      text: 'Text',
      remoteImages: 1,
      attachments: [{ partId: '1.2', url: logo }],
    });
    const shown = await rig.call(ANN, 'GET', `/api/v1/messages/${id}?images=show`);
    expect(shown.body.html).toContain('src="https://t.example/p.gif"');
    expect(shown.headers.get('cache-control')).toBe('no-store');
    const thread = await rig.call(ANN, 'GET', `/api/v1/threads/${inbox.inboxId}/thread-html`);
    expect(thread.body.messages).toMatchObject([{ id }]);
  });

  const seedAttachment = async (filename: string, contentType: string): Promise<string> => {
    const contentBase64 = Buffer.from('<script>alert(1)</script>').toString('base64');
    const ref = await rig.emulator.addMessage({
      address: ADDRESS,
      from: 'dave@customer.example',
      to: ADDRESS,
      text: 'see attached',
      attachments: [{ filename, contentType, contentBase64 }],
    });
    const id = await seedMessage(rig, inbox, {
      contactIds: ['dave'],
      providerMessageId: ref.id,
      attachments: [
        {
          partId: '1',
          filename,
          mimeType: contentType,
          sizeBytes: 25,
          inline: false,
          contentId: null,
        },
      ],
    });
    return `/api/v1/messages/${id}/attachments/1`;
  };

  it('fetches an attachment from the provider as a download that nothing can render', async () => {
    const path = await seedAttachment('evil "quote" é.html', 'text/html');
    const response = await rig.raw(path, {
      headers: { authorization: `Bearer ${await tokenOf(ANN)}` },
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('<script>alert(1)</script>');
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain('sandbox');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="evil _quote_ e.html"; filename*=UTF-8''evil%20_quote_%20%C3%A9.html`,
    );
  });

  it('says when the message is gone, Gmail fails, the grant is dead or the inbox disconnected', async () => {
    const path = await seedAttachment('a.txt', 'text/plain');
    const get = () => rig.call(ANN, 'GET', path);
    expect((await rig.call(ANN, 'GET', path.replace(/1$/, '9'))).status).toBe(404);
    await rig.emulator.armFault({
      method: 'gmail.users.messages.*',
      times: 5,
      effect: { kind: 'preset', preset: 'unavailable503' },
    });
    expect((await get()).body.type).toBe('/problems/provider-unavailable');
    await rig.emulator.clearFaults();
    await rig.emulator.armFault({
      method: 'gmail.users.messages.*',
      times: 5,
      effect: { kind: 'preset', preset: 'retryAfter429' },
    });
    const busy = await get();
    expect([busy.status, busy.body.type]).toEqual([503, '/problems/provider-busy']);
    expect(Number(busy.headers.get('retry-after'))).toBeGreaterThan(0);
    await rig.emulator.clearFaults();
    const [message] = await rig.emulator.listMessages({ address: ADDRESS });
    for (const { id } of await rig.emulator.listMessages({ address: ADDRESS })) {
      await rig.emulator.deleteMessage({ address: ADDRESS, id });
    }
    expect(message).toBeDefined();
    expect(await get()).toMatchObject({ status: 410, body: { type: '/problems/message-gone' } });
    rig.workflows.told.length = 0;
    await rig.emulator.revokeGrant({ address: ADDRESS });
    expect(await get()).toMatchObject({
      status: 409,
      body: { type: '/problems/inbox-not-connected' },
    });
    // Else nobody would be told before the next look, hours later (B9).
    await until(() => rig.workflows.told.length > 0);
    expect(rig.workflows.told).toEqual([`wake ${inbox.inboxId} work`]);
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${inbox.inboxId}/disconnect`);
    expect(await get()).toMatchObject({
      status: 409,
      body: { type: '/problems/inbox-not-connected' },
    });
    expect(
      (await rig.call(ANN, 'GET', '/api/v1/contacts/carol/timeline')).body.messages,
    ).toHaveLength(23);
  });

  it('keeps the place of a message whose seal is broken, and shows the others', async () => {
    const before = await rig.call(ANN, 'GET', '/api/v1/contacts/carol/timeline?limit=5');
    const [first, second] = before.body.messages;
    await rig.db.sql(
      'update messages set envelope_ct = (select envelope_ct from messages where id = $2) where id = $1',
      [first?.id, second?.id],
    );
    const after = await rig.call(ANN, 'GET', '/api/v1/contacts/carol/timeline?limit=5');
    expect(after.status).toBe(200);
    expect(after.body.messages[0]).toMatchObject({
      id: first?.id,
      subject: null,
      participants: [],
      unreadable: true,
    });
    expect(after.body.messages.slice(1)).toEqual(before.body.messages.slice(1));
  });

  it('shows nothing any more from the moment the history is being deleted (P10)', async () => {
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${inbox.inboxId}/delete-history`, {
      confirm: 'delete',
    });
    expect((await rig.call(ANN, 'GET', '/api/v1/contacts/carol/timeline')).body.messages).toEqual(
      [],
    );
    const shown = await rig.call(ANN, 'GET', `/api/v1/inboxes/${inbox.inboxId}`);
    expect(shown.body).toMatchObject({ status: 'deleting', address: null });
  });
});

describe('pages', () => {
  it('serves the documentation of this version, without anything from elsewhere (P11)', async () => {
    await using rig = await startRig();
    const page = await rig.call(null, 'GET', '/docs/email-sync');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'/,
    );
    expect(page.body).toMatch(/version \d+\.\d+\.\d+/);
    expect(page.body).toContain('AES-256-GCM');
    expect(page.body).toContain('<html lang="en">');
    expect(page.body).not.toMatch(/<script|<img|<link|@import|url\(/);
    const documented = [
      ...String(page.body).matchAll(/<code>(GET|POST|PUT|DELETE) (\/[^<\s]+)<\/code>/g),
    ];
    expect(documented.length).toBeGreaterThan(15);
    for (const [, method = '', path = ''] of documented) {
      const there = path
        .replace('{n}', '1')
        .replace(/\{\w+\}/g, '01890000-0000-7000-8000-000000000000');
      const answer = await rig.call(ANN, method, there, method === 'GET' ? undefined : {});
      expect(
        [404, 405].includes(answer.status) && /Nothing|takes/.test(answer.body.detail),
        path,
      ).toBe(false);
    }
    expect((await rig.call(null, 'GET', '/')).body).toContain('/docs/email-sync');
    expect((await rig.call(null, 'GET', '/problems/inbox-deleting')).body).toContain('409');
    expect((await rig.call(null, 'GET', '/healthz')).body).toEqual({ status: 'ok' });
    expect((await rig.call(null, 'GET', '/readyz')).body).toEqual({
      status: 'ready',
      postgres: 'ok',
      temporal: 'ok',
    });
    rig.workflows.failure = new Error('away');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await rig.call(null, 'GET', '/readyz')).toMatchObject({
      status: 503,
      body: { temporal: 'unreachable' },
    });
  });
});
