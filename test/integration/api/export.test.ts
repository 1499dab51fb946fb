import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { NamedKeys } from '../../../crypto/named-keys.ts';
import { insertEndpoint, newEndpointId } from '../../../db/endpoint-store.ts';
import { mustGetInbox } from '../../../db/inbox-lock.ts';
import { insertOutgoing, newOutgoingId } from '../../../db/outgoing-store.ts';
import { putPendingConnection } from '../../../db/pending-connection-store.ts';
import { putSession } from '../../../db/session-store.ts';
import type { OutgoingContent } from '../../../domain/outgoing.ts';
import { readDataKey } from '../../../vault/data-keys.ts';
import { sealTarget } from '../../../vault/endpoint-seals.ts';
import { sealOutgoing } from '../../../vault/outgoing-seals.ts';
import { sealPending } from '../../../vault/pending-seals.ts';
import { createTestKeyRing } from '../../support/key-ring.ts';
import {
  ANN,
  BOB,
  type Rig,
  type SeededInbox,
  seedInbox,
  seedMessage,
  startRig,
  tokenOf,
} from './support.ts';

interface Line {
  type: string;
  subject?: string;
  inboxId?: string;
  unreadable?: boolean;
  complete?: boolean;
  counts?: Record<string, number>;
  contactIds?: string[];
}

const WAITING: OutgoingContent = {
  from: { name: 'Ann', address: 'one@gmail.example' },
  to: [{ name: 'Carol', address: 'carol@customer.example' }],
  ...{ cc: [], bcc: [], subject: 'Not yet sent', text: 'Soon', html: null },
  ...{ inReplyTo: null, references: [], attachments: [], answersId: null },
};

describe('taking everything away, and deleting it', () => {
  let rig: Rig;
  let inboxes: SeededInbox[];
  beforeEach(async () => {
    await rig?.[Symbol.asyncDispose]();
    rig = await startRig();
    await rig.call(ANN, 'PUT', '/api/v1/contacts/carol', { addresses: ['carol@customer.example'] });
    inboxes = [];
    for (const address of ['one@gmail.example', 'two@gmail.example']) {
      inboxes.push(await seedInbox(rig, ANN, address));
    }
    for (let i = 0; i < 45; i++) {
      const inbox = inboxes[i % 2] as SeededInbox;
      await seedMessage(rig, inbox, { contactIds: ['carol'], subject: `Mail ${i}` });
    }
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const open = async (person = ANN) =>
    rig.raw('/api/v1/me/export', { headers: { authorization: `Bearer ${await tokenOf(person)}` } });
  const linesOf = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);

  it('exports every message once, opened, with its contacts, and ends with the counts', async () => {
    const answer = await open();
    expect(answer.headers.get('content-disposition')).toContain('sambandh-export.ndjson');
    const lines = linesOf(await answer.text());
    const messages = lines.filter(({ type }) => type === 'message');
    expect(new Set(messages.map(({ subject }) => subject)).size).toBe(45);
    expect(messages).toHaveLength(45);
    expect(messages[0]).toMatchObject({ contactIds: ['carol'], text: 'Text', attachments: [] });
    expect(lines.at(-1)).toMatchObject({ type: 'end', complete: true });
    expect(lines.at(-1)?.counts).toMatchObject({ export: 1, inbox: 2, message: 45 });
    expect(lines.filter(({ type }) => type === 'audit').length).toBeGreaterThan(0);
  });

  it('holds nothing of a teammate, and no token', async () => {
    const text = await (await open(BOB)).text();
    expect(linesOf(text).map(({ type }) => type)).toEqual(['export', 'audit', 'end']);
    expect(await (await open()).text()).not.toMatch(/ya29|1\/\//);
  });

  /** An event endpoint and a connection that waits for an administrator, sealed by these keys. */
  const keepAccount = (masters: NamedKeys) =>
    rig.db.api.asUser({ ...ANN, roles: ['admin'] }, async (tx) => {
      const endpoint = { orgId: ANN.orgId, id: newEndpointId() };
      const secrets = [{ secret: 'whsec_hidden', endsAt: null }];
      const target = { url: 'https://crm.example/hook', secrets, notifyAddress: ANN.email ?? '' };
      const wish = { types: [], content: true, ...sealTarget(masters, endpoint, target) };
      await insertEndpoint(tx, endpoint.id, wish);
      const adminStateHash = Buffer.from('admin state');
      const secret = { adminState: 'hidden', notifyAddress: null, loginHint: 'ann@nordic.example' };
      await putPendingConnection(tx, {
        ...{ orgId: ANN.orgId, userId: ANN.userId, provider: 'outlook', inboxId: null },
        ...{ scope: { kind: 'contacts' }, browserHash: Buffer.from('b'), adminStateHash },
        ...sealPending(masters, { orgId: ANN.orgId, adminStateHash }, secret),
        ...{ returnTo: '', expiresAt: Date.now() + 60_000 },
      });
      return endpoint.id;
    });

  it('gives away all that opens, and says of what does not that it is not whole', async () => {
    const [whole, lost] = inboxes as [SeededInbox, SeededInbox];
    await rig.db.sql(
      `update messages set body_ct = set_byte(body_ct, 40, get_byte(body_ct, 40) # 1)
       where id = (select id from messages where inbox_id = $1 limit 1)`,
      [whole.inboxId],
    );
    const [key] = await rig.db.sql<{ id: string }>(
      'select key_id as id from inbox_keys where inbox_id = $1',
      [lost.inboxId],
    );
    await rig.keyRing.inboxKeys.destroy(key?.id ?? '');
    const endpointId = await keepAccount(createTestKeyRing().masters);

    const lines = linesOf(await (await open()).text());
    const of = (inboxId: string, type = 'message') =>
      lines.filter((line) => line.type === type && line.inboxId === inboxId);
    const broken = of(whole.inboxId).filter(({ unreadable }) => unreadable);
    expect([of(whole.inboxId).length, broken.length]).toEqual([23, 1]);
    expect(broken[0]).toMatchObject({ subject: expect.stringMatching(/^Mail/) });
    expect(broken[0]).not.toHaveProperty('text');
    const told = { unreadable: true, contactIds: ['carol'], receivedAt: expect.any(String) };
    expect(of(lost.inboxId)).toEqual(Array(22).fill(expect.objectContaining(told)));
    for (const type of ['inbox', 'event-endpoint', 'waiting']) {
      const unreadable = lines.filter((line) => line.type === type && line.unreadable);
      expect([type, unreadable.length]).toEqual([type, 1]);
    }
    expect(lines.at(-1)).toMatchObject({ type: 'end', complete: false });
    expect(rig.log.join()).toContain('a stored message does not open');

    // Nor does what does not open hide anything where it is listed.
    const admin = { ...ANN, roles: ['admin'] };
    const endpoint = { id: endpointId, url: null, unreadable: true };
    const at = `/api/v1/event-endpoints/${endpointId}`;
    expect((await rig.call(admin, 'GET', '/api/v1/event-endpoints')).body).toMatchObject({
      endpoints: [endpoint],
    });
    expect((await rig.call(admin, 'GET', at)).body).toMatchObject(endpoint);
    const refused = await rig.call(admin, 'POST', `${at}/rotate-secret`);
    expect(refused.body.type).toBe('/problems/endpoint-unreadable');
    expect((await rig.call(admin, 'DELETE', at)).status).toBe(204);
    const waiting = await rig.call(ANN, 'GET', '/api/v1/pending-connections');
    expect([waiting.status, waiting.body]).toEqual([200, { pending: [] }]);
  });

  it('P10 holds what is kept of a user besides mail, and deletes it with everything', async () => {
    const [inbox] = inboxes as [SeededInbox];
    await keepAccount(rig.keyRing.masters);
    await rig.db.api.asUser(ANN, async (tx) => {
      const row = await mustGetInbox(tx, inbox.inboxId);
      const id = newOutgoingId();
      const ref = { orgId: ANN.orgId, inboxId: inbox.inboxId, id };
      const contentCt = sealOutgoing(await readDataKey(tx, rig.keyRing, row), ref, WAITING);
      const hashes = { requestHash: Buffer.from('h'), rfcMessageId: 'm', providerThreadId: null };
      await insertOutgoing(tx, {
        ...ref,
        idempotencyKey: 'k',
        contentCt,
        recipients: 1,
        ...hashes,
      });
      const session = { orgId: ANN.orgId, userId: ANN.userId, sessionHash: Buffer.from('s') };
      await putSession(tx, { ...session, roles: [], expiresAt: Date.now() + 60_000 });
    });
    const kept = async () => {
      const text = await (await open()).text();
      expect(text).not.toContain('hidden');
      return linesOf(text);
    };
    const before = await kept();
    expect(before).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'outgoing', state: 'queued', subject: 'Not yet sent' }),
        expect.objectContaining({ type: 'event-endpoint', url: 'https://crm.example/hook' }),
        expect.objectContaining({ type: 'waiting', loginHint: 'ann@nordic.example' }),
        expect.objectContaining({ type: 'session' }),
      ]),
    );
    const confirmed = { confirm: 'delete everything' };
    expect((await rig.call(ANN, 'POST', '/api/v1/me/delete-history', confirmed)).status).toBe(202);
    const after = await kept();
    expect(after.filter(({ type }) => ['event-endpoint', 'waiting'].includes(type))).toEqual([]);
    expect(after).toContainEqual(expect.objectContaining({ type: 'outgoing', state: 'cancelled' }));
    expect(JSON.stringify(after)).not.toContain('Not yet sent');
    expect(after).toContainEqual(expect.objectContaining({ type: 'deletion-of-everything' }));
  });

  it('ends where a deletion comes in between, and says that it is not whole', async () => {
    await rig.db.worker.asInbox(inboxes[0]?.inboxId ?? '', (tx) => tx.sql('select 1'));
    for (let i = 0; i < 40; i++) {
      const text = 'x'.repeat(500_000);
      await seedMessage(rig, inboxes[1] as SeededInbox, { contactIds: ['carol'], text });
    }
    const answer = await open();
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    for (const { inboxId } of inboxes) {
      const path = `/api/v1/inboxes/${inboxId}/delete-history`;
      expect((await rig.call(ANN, 'POST', path, { confirm: 'delete' })).status).toBe(202);
    }
    const parts: Buffer[] = [];
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(Buffer.from(part.value));
    }
    const rest = Buffer.concat(parts).toString('utf8').trim().split('\n');
    expect(JSON.parse(rest.at(-1) ?? '')).toMatchObject({ type: 'end', complete: false });
    expect(rest.some((line) => line.startsWith('{"type":"deleted-meanwhile"'))).toBe(true);
  });

  it('P10 B8 deletes all inboxes by one request, with one receipt', async () => {
    const unconfirmed = await rig.call(ANN, 'POST', '/api/v1/me/delete-history', {
      confirm: 'delete',
    });
    expect(unconfirmed.status).toBe(400);
    const answer = await rig.call(ANN, 'POST', '/api/v1/me/delete-history', {
      confirm: 'delete everything',
    });
    expect(answer).toMatchObject({ status: 202, body: { inboxes: 2, keysDestroyed: true } });
    const keys = await rig.db.sql('select from inbox_keys');
    expect(keys).toEqual([]);
    const receipt = `/api/v1/me/deletions/${answer.body.deletionId}`;
    expect((await rig.call(ANN, 'GET', receipt)).body).toMatchObject({
      state: 'running',
      inboxes: 2,
    });
    expect((await rig.call(BOB, 'GET', receipt)).status).toBe(404);
    const list = '/api/v1/me/deletions';
    expect((await rig.call(ANN, 'GET', list)).body).toMatchObject({
      deletions: [{ id: answer.body.deletionId, state: 'running', inboxes: 2 }],
    });
    expect((await rig.call(BOB, 'GET', list)).body).toEqual({ deletions: [] });
    const { finishDeletion } = await import('../../../db/deletion-store.ts');
    for (const { inboxId } of inboxes) {
      const [row] = await rig.db.sql<{ id: string }>(
        'select id from deletions where inbox_id = $1',
        [inboxId],
      );
      const deletionId = row?.id ?? '';
      await rig.db.worker.asInbox(inboxId, (tx) => finishDeletion(tx, { deletionId }));
    }
    expect((await rig.call(ANN, 'GET', receipt)).body).toMatchObject({
      state: 'finished',
      messagesDeleted: 45,
      verdictsDeleted: 45,
    });
    expect((await rig.call(ANN, 'GET', '/api/v1/contacts/carol/timeline')).body.messages).toEqual(
      [],
    );
  });
});
