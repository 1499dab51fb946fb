import { describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/index.ts';
import {
  account,
  connectGraph,
  drain,
  type GraphClient,
  IMMUTABLE,
  type Json,
  OUTLOOK,
} from './graph-support.ts';

const INBOX = '/me/mailFolders/inbox/messages/delta';

const start = (settings = {}) =>
  startEmulator({ outlookAccounts: [account({ folders: ['Clients/Acme'], settings })] });

const receive = (emulator: Emulator, subject: string, minutesAgo = 0) =>
  emulator.addMessage({
    address: OUTLOOK,
    from: 'Tom <tom@x.example>',
    subject,
    text: subject,
    internalDate: Date.now() - minutesAgo * 60_000,
  });

const removed = (row: Json | undefined) => (row?.['@removed'] as Json | undefined)?.reason;

describe('message delta', () => {
  test('lists newest first in pages, then only what changed', async () => {
    await using emulator = await start();
    for (let i = 0; i < 5; i++) await receive(emulator, `m${i}`, 10 - i);
    const client = await connectGraph(emulator);
    const headers = { prefer: 'IdType="ImmutableId", odata.maxpagesize=2' };
    const first = await client.get(`${INBOX}?$select=subject`, headers);
    expect(first.headers.get('preference-applied')).toContain('odata.maxpagesize=2');
    expect(first.body).not.toHaveProperty('@odata.deltaLink');
    const all = await drain(client, `${INBOX}?$select=subject`, headers);
    expect(all.pages).toBe(3);
    expect(all.rows.map((row) => row.subject)).toEqual(['m4', 'm3', 'm2', 'm1', 'm0']);
    expect(all.rows[0]).not.toHaveProperty('from');
    const { id } = await receive(emulator, 'new');
    const next = await drain(client, all.deltaLink, headers);
    expect(next.rows).toMatchObject([{ id, subject: 'new' }]);
    expect((await drain(client, next.deltaLink, headers)).rows).toEqual([]);
  });

  test('an update is a partial row, or a whole one when told so', async () => {
    await using emulator = await start();
    const { id } = await receive(emulator, 'a');
    const client = await connectGraph(emulator);
    const { deltaLink } = await drain(client, INBOX, IMMUTABLE);
    await emulator.markRead({ address: OUTLOOK, id, read: true });
    const { rows } = await drain(client, deltaLink, IMMUTABLE);
    expect(rows).toMatchObject([{ id, isRead: true }]);
    expect(rows[0]).not.toHaveProperty('subject');
    await emulator.setOutlookSettings({ address: OUTLOOK, partialDeltaRows: false });
    expect((await drain(client, deltaLink, IMMUTABLE)).rows[0]).toHaveProperty('subject', 'a');
  });

  test('a move is a removal here and an addition there', async () => {
    await using emulator = await start();
    const { id } = await receive(emulator, 'a');
    const [acme] = (await emulator.listFolders({ address: OUTLOOK })).filter(
      ({ path }) => path === 'Clients/Acme',
    );
    const client = await connectGraph(emulator);
    const there = `/me/mailFolders/${acme?.id}/messages/delta`;
    const a = await drain(client, INBOX, IMMUTABLE);
    const b = await drain(client, there, IMMUTABLE);
    await emulator.moveMessage({ address: OUTLOOK, id, folder: 'Clients/Acme' });
    const gone = (await drain(client, a.deltaLink, IMMUTABLE)).rows;
    expect(gone).toMatchObject([{ id, '@removed': { reason: 'changed' } }]);
    const come = (await drain(client, b.deltaLink, IMMUTABLE)).rows;
    expect(come).toMatchObject([{ id, subject: 'a', parentFolderId: acme?.id }]);
    await emulator.deleteMessage({ address: OUTLOOK, id });
    expect(removed((await drain(client, b.deltaLink, IMMUTABLE)).rows[0])).toBe('deleted');
  });

  test('without immutable ids every move changes the id', async () => {
    await using emulator = await start();
    const { id } = await receive(emulator, 'a');
    const client = await connectGraph(emulator);
    const { rows, deltaLink } = await drain(client, INBOX);
    const before = String(rows[0]?.id);
    expect(before).not.toBe(id);
    await emulator.trash({ address: OUTLOOK, id });
    const bin = (await drain(client, '/me/mailFolders/deleteditems/messages/delta')).rows;
    expect(bin[0]?.id).toBe(await emulator.ordinaryId({ address: OUTLOOK, id }));
    expect(bin[0]?.id).not.toBe(before);
    expect((await client.get(`/me/messages/${before}`)).code).toBe('ErrorItemNotFound');
    await emulator.untrash({ address: OUTLOOK, id });
    const back = (await drain(client, deltaLink)).rows;
    expect(back).toHaveLength(2);
    expect(back.find((row) => removed(row))?.id).toBe(before);
  });

  test('A→B→A between two polls ends as a removal under immutable ids', async () => {
    await using emulator = await start();
    const { id } = await receive(emulator, 'a');
    const client = await connectGraph(emulator);
    const { deltaLink } = await drain(client, INBOX, IMMUTABLE);
    await emulator.moveMessage({ address: OUTLOOK, id, folder: 'archive' });
    await emulator.moveMessage({ address: OUTLOOK, id, folder: 'inbox' });
    const { rows } = await drain(client, deltaLink, IMMUTABLE);
    expect(rows).toHaveLength(1);
    expect(removed(rows[0])).toBeTruthy();
    const there = await client.get(`/me/messages/${id}`, IMMUTABLE);
    expect(there.status).toBe(200);
    await emulator.setOutlookSettings({ address: OUTLOOK, loseReturningMessages: false });
    const honest = await drain(client, deltaLink, IMMUTABLE);
    expect(honest.rows).toMatchObject([{ id, subject: 'a' }]);
  });

  test('a filter cuts at 5,000 without a word, but lets moves and read marks through', async () => {
    await using emulator = await start();
    await emulator.setGraphLimits({ filteredDelta: 4 });
    const old = await receive(emulator, 'old', 9 * 24 * 60);
    for (let i = 0; i < 6; i++) await receive(emulator, `m${i}`, 10 - i);
    const client = await connectGraph(emulator);
    const since = new Date(Date.now() - 24 * 3600_000).toISOString();
    const path = `${INBOX}?$filter=receivedDateTime ge ${since}&$select=id,subject`;
    const headers = { prefer: 'IdType="ImmutableId", odata.maxpagesize=3' };
    const { rows, deltaLink } = await drain(client, path, headers);
    expect(rows.map((row) => row.subject)).toEqual(['m5', 'm4', 'm3', 'm2']);
    await emulator.setCategories({ address: OUTLOOK, id: old.id, categories: ['x'] });
    expect((await drain(client, deltaLink, headers)).rows).toEqual([]);
    await emulator.markRead({ address: OUTLOOK, id: old.id, read: true });
    expect((await drain(client, deltaLink, headers)).rows).toMatchObject([{ id: old.id }]);
    await emulator.trash({ address: OUTLOOK, id: old.id });
    expect(removed((await drain(client, deltaLink, headers)).rows[0])).toBeTruthy();
  });

  test('refuses what it cannot track', async () => {
    await using emulator = await start();
    const client = await connectGraph(emulator);
    const code = async (query: string) => (await client.get(`${INBOX}?${query}`)).code;
    expect(await code('$search="a"')).toBe('ErrorInvalidUrlQuery');
    expect(await code("$filter=subject eq 'a'")).toBe('ErrorInvalidUrlQuery');
    expect(await code('$orderby=subject')).toBe('ErrorInvalidUrlQuery');
    expect(await code('$deltatoken=latest')).toBe('BadRequest');
    expect(await code('$orderby=receivedDateTime desc')).toBe('');
    expect((await client.get('/me/messages/delta')).code).toBe('ErrorInvalidIdMalformed');
  });

  test('an old token is 410 with a Location to start again, or syncStateNotFound', async () => {
    await using emulator = await start();
    await receive(emulator, 'a');
    const client = await connectGraph(emulator);
    const { deltaLink } = await drain(client, `${INBOX}?$select=subject`);
    await emulator.expireDelta({ address: OUTLOOK });
    const gone = await client.get(deltaLink);
    expect(gone.status).toBe(410);
    const location = gone.headers.get('location') ?? '';
    expect(decodeURIComponent(location)).toMatch(/\$deltatoken=$/);
    const again = await drain(client, location);
    expect(again.rows).toHaveLength(1);
    await emulator.expireDelta({ address: OUTLOOK, folder: 'inbox', answer: 'syncStateNotFound' });
    expect(await client.get(again.deltaLink)).toMatchObject({
      status: 400,
      code: 'syncStateNotFound',
    });
  });

  test('pages can be empty and rows can come twice', async () => {
    await using emulator = await start({ emptyDeltaPages: 2, repeatDeltaRows: true });
    for (let i = 0; i < 4; i++) await receive(emulator, `m${i}`, 9 - i);
    const client = await connectGraph(emulator);
    const headers = { prefer: 'odata.maxpagesize=2' };
    const first = await client.get(INBOX, headers);
    expect(first.rows).toEqual([]);
    expect(first.body).toHaveProperty('@odata.nextLink');
    const { rows, pages } = await drain(client, INBOX, headers);
    expect(pages).toBe(4);
    expect(rows.map((row) => row.subject)).toEqual(['m3', 'm2', 'm2', 'm1', 'm0']);
  });

  test('changeType keeps one kind of change', async () => {
    await using emulator = await start();
    const { id } = await receive(emulator, 'a');
    const client = await connectGraph(emulator);
    const { rows, deltaLink } = await drain(client, `${INBOX}?changeType=deleted`, IMMUTABLE);
    expect(rows).toEqual([]);
    await receive(emulator, 'b');
    await emulator.deleteMessage({ address: OUTLOOK, id });
    const next = await drain(client, deltaLink, IMMUTABLE);
    expect(next.rows).toMatchObject([{ id, '@removed': { reason: 'deleted' } }]);
  });
});

describe('folder delta', () => {
  const names = (rows: Json[]) => rows.map((row) => row.displayName);
  const poll = async (client: GraphClient, link: string) => drain(client, link);

  test('knows the whole tree, and follows what becomes of it', async () => {
    await using emulator = await start();
    const client = await connectGraph(emulator);
    const first = await poll(client, '/me/mailFolders/delta');
    expect(names(first.rows)).toEqual(expect.arrayContaining(['Inbox', 'Clients', 'Acme']));
    expect(names(first.rows)).not.toContain('Search Folders');
    const folder = 'Clients/Acme';
    await emulator.renameFolder({ address: OUTLOOK, folder, name: 'Acme Freight' });
    await emulator.createFolder({ address: OUTLOOK, path: 'Suppliers' });
    const second = await poll(client, first.deltaLink);
    expect(names(second.rows).sort()).toEqual(['Acme Freight', 'Suppliers']);
    await emulator.deleteFolder({ address: OUTLOOK, folder: 'Suppliers' });
    const third = await poll(client, second.deltaLink);
    const [bin] = (await emulator.listFolders({ address: OUTLOOK })).filter(
      ({ wellKnown }) => wellKnown === 'deleteditems',
    );
    expect(third.rows).toMatchObject([{ displayName: 'Suppliers', parentFolderId: bin?.id }]);
    const { id } = await receive(emulator, 'a');
    await emulator.moveMessage({ address: OUTLOOK, id, folder: 'Clients/Acme Freight' });
    await emulator.deleteFolder({ address: OUTLOOK, folder: 'Clients', permanently: true });
    const fourth = await poll(client, third.deltaLink);
    expect(fourth.rows.filter((row) => removed(row))).toHaveLength(2);
    expect((await client.get(`/me/messages/${id}`)).status).toBe(404);
  });
});
