import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, BOB, EVE, type Rig, seedInbox, seedMessage, startRig, tokenOf } from './support.ts';

interface Entry {
  actorId: string;
  act: string;
  subject: string | null;
}

const TEXT = 'a subject that must stay sealed';

describe('the audit log', () => {
  let rig: Rig;
  let inboxId: string;
  beforeAll(async () => {
    rig = await startRig();
    await rig.call(ANN, 'PUT', '/api/v1/contacts/carol', {
      name: 'Carol',
      addresses: ['carol@customer.example'],
    });
    const inbox = await seedInbox(rig, ANN, 'ann@gmail.example');
    inboxId = inbox.inboxId;
    const messageId = await seedMessage(rig, inbox, { contactIds: ['carol'], subject: TEXT });
    for (let i = 0; i < 2; i++) {
      await rig.call(ANN, 'GET', '/api/v1/contacts/carol/timeline');
      await rig.call(ANN, 'GET', `/api/v1/messages/${messageId}`);
      await rig.call(ANN, 'GET', `/api/v1/threads/${inboxId}/thread-1`);
    }
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${inboxId}/disconnect`);
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${inboxId}/disconnect`);
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${inboxId}/delete-history`, { confirm: 'delete' });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const get = async (path: string, claims: Record<string, unknown> = {}, person = ANN) =>
    rig.raw(path, { headers: { authorization: `Bearer ${await tokenOf(person, claims)}` } });

  it('says who read, changed and deleted what: reads once, acts once, no content', async () => {
    const answer = await get('/api/v1/audit');
    const text = await answer.text();
    const { entries } = JSON.parse(text) as { entries: Entry[] };
    expect(entries.map(({ act }) => act).sort()).toEqual([
      'contacts.changed',
      'history.delete_requested',
      'inbox.disconnected',
      'message.read',
      'thread.read',
      'timeline.read',
    ]);
    expect(text).not.toContain(TEXT);
    expect(text).not.toContain('@');
  });

  it('pages without a gap or a repetition', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const answer = await get(`/api/v1/audit?limit=2${cursor && `&cursor=${cursor}`}`);
      const page = (await answer.json()) as { entries: Entry[]; nextCursor: string | null };
      seen.push(...page.entries.map(({ act }) => act));
      cursor = page.nextCursor ?? '';
    } while (cursor);
    expect(new Set(seen).size).toBe(6);
    expect(seen).toHaveLength(6);
  });

  it('is not shown to teammates and other orgs, and to an operator in full', async () => {
    expect(await (await get('/api/v1/audit', {}, BOB)).json()).toMatchObject({ entries: [] });
    expect(await (await get('/api/v1/audit', {}, EVE)).json()).toMatchObject({ entries: [] });
    expect((await get('/api/v1/audit?of=org', {}, BOB)).status).toBe(403);
    const org = await get('/api/v1/audit?of=org', { roles: ['ops'] }, BOB);
    expect(((await org.json()) as { entries: Entry[] }).entries).toHaveLength(6);
  });

  it('is downloaded as NDJSON and CSV, and the download is an entry itself', async () => {
    const ndjson = await get('/api/v1/audit/export');
    expect(ndjson.headers.get('content-disposition')).toContain('sambandh-audit.ndjson');
    const lines = (await ndjson.text()).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as Entry).act)).toContain('audit.exported');
    const csv = await get('/api/v1/audit/export?format=csv');
    expect(csv.headers.get('content-type')).toContain('text/csv');
    const rows = (await csv.text()).trim().split('\r\n');
    expect(rows[0]).toBe('id,at,actorId,ownerId,act,inboxId,subject,count');
    expect(rows).toHaveLength(1 + 6 + 2);
  });
});
