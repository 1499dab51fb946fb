import { afterEach, describe, expect, it } from 'vitest';
import { PageTokenInvalidError } from '../../../providers/errors.ts';
import type { SearchPage } from '../../../providers/mail-provider.ts';
import { contactsQuery, drain, type Rig, startRig } from './mail-support.ts';

let rig: Rig;
afterEach(() => rig[Symbol.asyncDispose]());

const idsOf = (pages: SearchPage[]) => pages.flatMap(({ ids }) => ids);
const searches = async () =>
  (await rig.emulator.accessLog({})).filter(({ method }) => method === 'graph.messages.search');

describe('searching Outlook for contacts (H1)', () => {
  it('brings whole messages along, so that a hit costs no second request (B1)', async () => {
    rig = await startRig();
    const from = await rig.add({ from: 'Ann <ann.lee@x.example>', subject: 'One', text: 'Hi' });
    const cc = await rig.add({ from: 'o@y.example', cc: 'bob.ray@x.example', html: '<p>Ho</p>' });
    await rig.add({ from: 'stranger@z.example' });
    const mail = rig.mail();
    const pages = await drain(mail, contactsQuery(['ann.lee@x.example', 'bob.ray@x.example']));
    expect(idsOf(pages).toSorted()).toEqual([from, cc].toSorted());
    const messages = pages.flatMap((page) => page.messages ?? []);
    const [one] = messages.filter(({ id }) => id === from);
    expect(one).toMatchObject({
      outcome: 'found',
      message: { subject: 'One', text: expect.stringContaining('Hi'), html: null, state: 'mail' },
    });
    expect(await searches()).toHaveLength(1);
    expect(rig.touched()).toMatchObject({ ids: 2, heads: 0, bodies: 2 });
  });

  it('reads heads alone when it may not bring bodies', async () => {
    rig = await startRig();
    const id = await rig.add({ from: 'ann@x.example' });
    const query = contactsQuery(['ann@x.example'], { mayBringBodies: false });
    const [page] = await drain(rig.mail(), query);
    expect(page).toMatchObject({ ids: [id], heads: [{ providerMessageId: id }] });
    expect(page?.messages).toBeUndefined();
    expect((await searches()).map(({ format }) => format)).toEqual(['metadata']);
    expect(rig.touched()).toMatchObject({ heads: 1, bodies: 0 });
  });

  it('follows pages, and begins again with heads once bodies are no longer allowed', async () => {
    rig = await startRig();
    for (let n = 0; n < 7; n += 1) await rig.add({ from: 'ann@x.example', subject: `${n}` });
    const mail = rig.mail({ searchPageSize: 3 });
    const query = contactsQuery(['ann@x.example']);
    expect(new Set(idsOf(await drain(mail, query))).size).toBe(7);
    const { nextPageToken } = await mail.search(query, null);
    const heads = { ...query, mayBringBodies: false };
    await expect(mail.search(heads, nextPageToken)).rejects.toThrow(PageTokenInvalidError);
  });

  it('says that a search of 1,000 hits has more to tell than it does (B1)', async () => {
    rig = await startRig();
    await rig.emulator.setGraphLimits({ searchResults: 6 });
    for (let n = 0; n < 8; n += 1) await rig.add({ from: 'ann@x.example', subject: `${n}` });
    const mail = rig.mail({ searchPageSize: 3, searchCap: 6 });
    const pages = await drain(mail, contactsQuery(['ann@x.example']));
    expect(idsOf(pages)).toHaveLength(6);
    expect(pages.map(({ missing }) => missing)).toEqual([undefined, 'narrow']);
  });

  it('asks for a scan where there is no search, and for less where one query is refused', async () => {
    rig = await startRig();
    const query = contactsQuery(['ann@x.example', 'bob@x.example']);
    const refused = {
      kind: 'status',
      status: 400,
      body: { error: { code: 'BadRequest' } },
    } as const;
    const method = 'graph.messages.search';
    await rig.emulator.armFault({ method, effect: refused, times: 1 });
    expect((await rig.mail().search(query, null)).missing).toBe('narrow');
    await rig.emulator.armFault({ method, effect: refused });
    expect((await rig.mail().search(query, null)).missing).toBe('scan');
  });

  it('halves pages that time out at the gateway (D2.16)', async () => {
    rig = await startRig();
    await rig.emulator.setGraphLimits({ gatewayBytes: 30_000 });
    const text = 'x'.repeat(5_000);
    for (let n = 0; n < 9; n += 1) await rig.add({ from: 'ann@x.example', subject: `${n}`, text });
    const pages = await drain(rig.mail({ searchPageSize: 20 }), contactsQuery(['ann@x.example']));
    expect(new Set(idsOf(pages)).size).toBe(9);
  });

  it.each([`o'brien@x.example`, 'a+b@x.example', '"q r"@x.example', 'a(b)@x.example'])(
    'finds %s, and nobody else by what is written into an address (D2.35)',
    async (address) => {
      rig = await startRig();
      const id = await rig.add({ from: `<${address}>` });
      await rig.add({ from: 'other@z.example' });
      const query = contactsQuery([address, 'x" OR participants:other@z.example']);
      expect(idsOf(await drain(rig.mail(), query))).toContain(id);
      expect(idsOf(await drain(rig.mail(), contactsQuery([address])))).toEqual([id]);
    },
  );
});

it('P1 does not find a tagged address, or a contact in Reply-To or Sender alone', async () => {
  rig = await startRig();
  const ann = 'ann@x.example';
  const found = await rig.add({ from: ann });
  await rig.add({ from: 'ann+shop@x.example' });
  await rig.add({ from: 'desk@y.example', headers: [['Reply-To', ann]] });
  await rig.add({ from: 'desk@y.example', headers: [['Sender', ann]] });
  expect(idsOf(await drain(rig.mail(), contactsQuery([ann])))).toEqual([found]);
});

describe('listing Outlook without a search (H2, H3)', () => {
  it('lists heads of the window, newest first, however many lie in one second', async () => {
    rig = await startRig();
    const now = Math.floor(Date.now() / 1_000) * 1_000;
    const ids: string[] = [];
    for (let n = 0; n < 25; n += 1) {
      const internalDate = now - (n < 12 ? 60_000 : 60_000 + n * 1_000);
      ids.push(await rig.add({ from: 'x@z.example', subject: `${n}`, internalDate }));
    }
    await rig.add({ from: 'x@z.example', internalDate: now - 100 * 86_400_000 });
    const query = contactsQuery([], { addresses: null });
    const pages = await drain(rig.mail({ headPageSize: 5 }), query);
    expect(new Set(idsOf(pages))).toEqual(new Set(ids));
    expect(pages.flatMap(({ heads }) => heads ?? []).length).toBeGreaterThanOrEqual(25);
    expect(rig.touched().bodies).toBe(0);
  });

  it('lists a folder, with what lies below it where the scope says so', async () => {
    rig = await startRig({}, { folders: ['Clients/Acme', 'Other'] });
    const top = await rig.add({ from: 'a@x.example', folder: 'Clients' });
    const sub = await rig.add({ from: 'b@x.example', folder: 'Clients/Acme' });
    await rig.add({ from: 'c@x.example', folder: 'Other' });
    const folders = await rig.emulator.listFolders({ address: 'maya@nordic.example' });
    const folderId = folders.find(({ path }) => path === 'Clients')?.id ?? '';
    const list = async (includeSubfolders: boolean) => {
      const scope = { kind: 'folder', folderId, includeSubfolders } as const;
      return idsOf(await drain(rig.mail(), contactsQuery([], { addresses: null, scope })));
    };
    expect(await list(false)).toEqual([top]);
    expect((await list(true)).toSorted()).toEqual([top, sub].toSorted());
  });
});
