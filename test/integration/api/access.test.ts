import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, BOB, EVE, type Rig, seedInbox, seedMessage, startRig, tokenOf } from './support.ts';

const ID = '01890000-0000-7000-8000-000000000000';

const ROUTES: [method: string, path: string, body?: unknown][] = [
  ['GET', '/api/v1/inboxes'],
  ['POST', '/api/v1/inboxes', { provider: 'gmail' }],
  ['GET', `/api/v1/inboxes/${ID}`],
  ['GET', `/api/v1/inboxes/${ID}/scopes`],
  ['PUT', `/api/v1/inboxes/${ID}/scope`, { kind: 'contacts' }],
  ['POST', `/api/v1/inboxes/${ID}/reconnect`, {}],
  ['POST', `/api/v1/inboxes/${ID}/disconnect`],
  ['POST', `/api/v1/inboxes/${ID}/delete-history`, { confirm: 'delete' }],
  ['GET', `/api/v1/inboxes/${ID}/deletions/${ID}`],
  ['GET', `/api/v1/inboxes/${ID}/backfills`],
  ['GET', `/api/v1/inboxes/${ID}/backfills/1`],
  ['GET', '/api/v1/contacts'],
  ['POST', '/api/v1/contacts/bulk', { contacts: [{ id: 'c', addresses: [] }] }],
  ['GET', '/api/v1/contacts/c'],
  ['PUT', '/api/v1/contacts/c', { addresses: [] }],
  ['DELETE', '/api/v1/contacts/c'],
  ['GET', '/api/v1/contacts/c/timeline'],
  ['GET', `/api/v1/messages/${ID}`],
  ['GET', `/api/v1/messages/${ID}/attachments/1`],
  ['GET', `/api/v1/threads/${ID}/t`],
  ['GET', '/api/v1/nothing-here'],
];

describe('who may call', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  it.each(ROUTES)('refuses %s %s without a token', async (method, path, body) => {
    const before = await rig.counts();
    const answer = await rig.call(null, method, path, body);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(answer.body).toMatchObject({ type: '/problems/unauthenticated', status: 401 });
    expect(await rig.counts()).toEqual(before);
  });

  it('refuses tokens that are forged, stale, unsigned, endless or nobody’s', async () => {
    const other = new TextEncoder().encode('another secret that is long enough too');
    const claims = { org: 'acme', sub: 'ann' };
    const tokens = {
      forged: await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .setExpirationTime('5m')
        .sign(other),
      stale: await tokenOf(ANN, { iat: 1 }).then(async () =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'HS256' })
          .setExpirationTime(1_000_000)
          .sign(new TextEncoder().encode('a secret of the tests that is long enough')),
      ),
      unsigned: new UnsecuredJWT(claims).setExpirationTime('5m').encode(),
      otherAlgorithm: await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS512' })
        .setExpirationTime('5m')
        .sign(new TextEncoder().encode('a secret of the tests that is long enough')),
      endless: await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256' })
        .sign(new TextEncoder().encode('a secret of the tests that is long enough')),
      withoutOrg: await tokenOf({ orgId: '', userId: 'ann' }),
      withNul: await tokenOf({ orgId: 'a\0b', userId: 'ann' }),
      garbage: 'garbage',
      empty: '',
    };
    for (const [name, token] of Object.entries(tokens)) {
      const response = await rig.raw('/api/v1/inboxes', {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(response.status, name).toBe(401);
    }
    const basic = await rig.raw('/api/v1/inboxes', { headers: { authorization: 'Basic YTpi' } });
    expect(basic.status).toBe(401);
    const inQuery = await rig.raw(`/api/v1/inboxes?access_token=${await tokenOf(ANN)}`);
    expect(inQuery.status).toBe(401);
  });

  it('answers another user, and another org, as if there were nothing (I5)', async () => {
    await rig.call(ANN, 'PUT', '/api/v1/contacts/carol', {
      name: 'Carol',
      addresses: ['carol@customer.example'],
    });
    const inbox = await seedInbox(rig, ANN, 'ann@gmail.example');
    const messageId = await seedMessage(rig, inbox, {
      contactIds: ['carol'],
      attachments: [
        {
          partId: '2',
          filename: 'a.txt',
          mimeType: 'text/plain',
          sizeBytes: 1,
          inline: false,
          contentId: null,
        },
      ],
    });
    const paths: [string, string, unknown?][] = [
      ['GET', `/api/v1/inboxes/${inbox.inboxId}`],
      ['GET', `/api/v1/inboxes/${inbox.inboxId}/scopes`],
      ['PUT', `/api/v1/inboxes/${inbox.inboxId}/scope`, { kind: 'label', labelId: 'INBOX' }],
      ['POST', `/api/v1/inboxes/${inbox.inboxId}/reconnect`, {}],
      ['POST', `/api/v1/inboxes/${inbox.inboxId}/disconnect`],
      ['POST', `/api/v1/inboxes/${inbox.inboxId}/delete-history`, { confirm: 'delete' }],
      ['GET', `/api/v1/inboxes/${inbox.inboxId}/deletions/${ID}`],
      ['GET', `/api/v1/inboxes/${inbox.inboxId}/backfills`],
      ['GET', `/api/v1/inboxes/${inbox.inboxId}/backfills/1`],
      ['GET', `/api/v1/messages/${messageId}`],
      ['GET', `/api/v1/messages/${messageId}/attachments/2`],
      ['GET', `/api/v1/threads/${inbox.inboxId}/thread-1`],
    ];
    const before = await rig.counts();
    for (const [method, path, body] of paths) {
      for (const person of [BOB, EVE]) {
        const foreign = await rig.call(person, method, path, body);
        const unknown = await rig.call(
          person,
          method,
          path.replace(inbox.inboxId, ID).replace(messageId, ID),
          body,
        );
        expect(foreign.status, `${method} ${path}`).toBe(404);
        expect({ ...foreign.body, instance: '' }).toEqual({ ...unknown.body, instance: '' });
      }
    }
    expect((await rig.call(BOB, 'GET', '/api/v1/inboxes')).body).toEqual({ inboxes: [] });
    const timeline = await rig.call(BOB, 'GET', '/api/v1/contacts/carol/timeline');
    expect(timeline.body).toEqual({ messages: [], nextCursor: null });
    expect((await rig.call(EVE, 'GET', '/api/v1/contacts/carol')).status).toBe(404);
    expect((await rig.call(EVE, 'GET', '/api/v1/contacts/carol/timeline')).status).toBe(404);
    expect(await rig.counts()).toEqual(before);
    expect((await rig.call(ANN, 'GET', `/api/v1/messages/${messageId}`)).status).toBe(200);
  });
});
