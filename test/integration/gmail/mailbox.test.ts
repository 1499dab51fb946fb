import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGmailPushVerifier, type GmailPush } from '../../../providers/gmail/push.ts';
import { ADDRESS, contactsQuery, type Rig, startRig } from './support.ts';

describe('a Gmail mailbox', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig({
      accounts: [
        {
          address: ADDRESS,
          labels: ['Zoo', 'Alpha/Beta'],
          aliases: [{ address: 'sales@example.com', displayName: 'Sales' }],
        },
      ],
    });
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it('knows its address, its aliases and where it stands', async () => {
    const provider = await rig.provider();
    const { address, cursor } = await provider.profile();
    expect(address).toBe(ADDRESS);
    expect(cursor).toMatchObject({ v: 1, provider: 'gmail' });
    expect(await provider.ownAddresses()).toEqual([ADDRESS, 'sales@example.com']);
  });

  it('offers the user’s labels first and only system ones that make a scope', async () => {
    const choices = await (await rig.provider()).listScopeChoices();
    const names = choices.map(({ name }) => name);
    expect(names.slice(0, 4)).toEqual(['Alpha/Beta', 'Zoo', 'Inbox', 'Sent']);
    const ids = choices.map(({ id }) => id);
    for (const never of ['SPAM', 'TRASH', 'DRAFT', 'CHAT', 'UNREAD'])
      expect(ids).not.toContain(never);
  });

  it('watches, renews, and explains a watch held by another topic', async () => {
    const provider = await rig.provider();
    const first = await provider.watch(null);
    expect(first?.expiresAt).toBeGreaterThan(Date.now() + 6 * 86_400_000);
    const again = await provider.watch(null);
    expect(again?.expiresAt).toBeGreaterThanOrEqual(first?.expiresAt ?? 0);
    const other = await rig.provider({ pubsubTopic: 'projects/sambandh-emulator/topics/other' });
    await expect(other.watch(null)).rejects.toMatchObject({
      name: 'RequestRefused',
      message: expect.stringMatching(/another environment/) as string,
    });
    await provider.unwatch(null);
    expect(await rig.emulator.watches()).toEqual([]);
    const silent = await rig.provider({ pubsubTopic: null });
    expect(await silent.watch(null)).toBeNull();
    await silent.unwatch(null);
  });

  it('refuses folders, and a query that grew beyond all plans', async () => {
    const provider = await rig.provider();
    const folder = { kind: 'folder', folderId: 'f', includeSubfolders: false } as const;
    const refused = { name: 'RequestRefused' };
    const query = { ...contactsQuery(['a@x.com']), scope: folder };
    await expect(provider.search(query, null)).rejects.toMatchObject(refused);
    const many = Array.from({ length: 200 }, (_, index) => `contact${index}@example.com`);
    await expect(provider.search(contactsQuery(many), null)).rejects.toMatchObject(refused);
  });

  it('verifies the pushes that its watch brings', async () => {
    const received: { authorizationHeader: string | undefined; body: string }[] = [];
    const arrived = Promise.withResolvers<void>();
    const server = createServer(async (request: IncomingMessage, response) => {
      received.push({
        authorizationHeader: request.headers.authorization,
        body: await text(request),
      });
      response.writeHead(204).end();
      arrived.resolve();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`;
    const serviceAccount = 'push@sambandh-emulator.iam.gserviceaccount.com';
    await rig.emulator.addSubscription({
      name: 'projects/sambandh-emulator/subscriptions/s',
      topic: rig.options.pubsubTopic ?? '',
      endpoint,
      serviceAccountEmail: serviceAccount,
    });
    await (await rig.provider()).watch(null);
    await arrived.promise;
    server.close();
    const verify = createGmailPushVerifier({
      certs: rig.options.endpoints.certs,
      audience: endpoint,
      issuer: 'https://accounts.google.com',
      serviceAccount,
      timeoutMs: 2_000,
    });
    const push: GmailPush = await verify(received[0] ?? { authorizationHeader: '', body: '' });
    expect(push.emailAddress).toBe(ADDRESS);
    expect(push.historyId).toMatch(/^\d+$/);
  });
});
