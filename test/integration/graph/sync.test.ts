import { afterEach, describe, expect, it } from 'vitest';
import { CursorExpiredError, RequestRefusedError } from '../../../providers/errors.ts';
import type { GraphMail } from '../../../providers/graph/mail.ts';
import type { OutlookCursor } from '../../../providers/mail-provider.ts';
import { changesSince, type Rig, startRig } from './mail-support.ts';
import { OUTLOOK } from './support.ts';

let rig: Rig;
afterEach(() => rig[Symbol.asyncDispose]());

const DAY_MS = 86_400_000;
const begin = async (): Promise<{ mail: GraphMail; cursor: OutlookCursor }> => {
  const mail = rig.mail();
  return { mail, cursor: await mail.baseline() };
};
const move = (id: string, folder: string) =>
  rig.emulator.moveMessage({ address: OUTLOOK, id, folder });
const folderId = async (path: string): Promise<string> =>
  (await rig.emulator.listFolders({ address: OUTLOOK })).find((one) => one.path === path)?.id ?? '';
const old = () => Date.now() - 10 * DAY_MS;

describe('following Outlook from a cursor (B2)', () => {
  it('tells of nothing at first, and then of each new message with its head', async () => {
    rig = await startRig();
    await rig.add({ from: 'before@x.example', internalDate: old() });
    const { mail, cursor } = await begin();
    const quiet = await changesSince(mail, cursor);
    expect(quiet.touchedIds).toEqual([]);
    const id = await rig.add({ from: 'ann@x.example' });
    const sent = await rig.add({ as: 'sent', to: 'ann@x.example', from: OUTLOOK });
    const page = await changesSince(mail, quiet.cursor);
    expect(page.touchedIds.toSorted()).toEqual([id, sent].toSorted());
    expect(page.heads?.map(({ state }) => state)).toEqual(['mail', 'mail']);
    expect(rig.touched().bodies).toBe(0);
    expect((await changesSince(mail, page.cursor)).touchedIds).toEqual([]);
  });

  it('tells of nothing that an import dates before the inbox', async () => {
    rig = await startRig();
    const { mail, cursor } = await begin();
    const { cursor: next } = await changesSince(mail, cursor);
    await rig.add({ from: 'ann@x.example', internalDate: old() });
    expect((await changesSince(mail, next)).touchedIds).toEqual([]);
  });

  it('stays within four requests at once, links verbatim, immutable ids on every call', async () => {
    rig = await startRig({}, { folders: Array.from({ length: 20 }, (_, n) => `Folder ${n}`) });
    await rig.emulator.setLatency({ rules: [{ ms: 15 }] });
    await rig.emulator.setOutlookSettings({ address: OUTLOOK, emptyDeltaPages: 1 });
    const { mail, cursor } = await begin();
    const id = await rig.add({ from: 'ann@x.example', folder: 'Folder 7' });
    expect((await changesSince(mail, cursor)).touchedIds).toEqual([id]);
    const [count] = await rig.emulator.graphQuotaCounts();
    expect(count).toMatchObject({ throttled: 0 });
    expect(count?.maxConcurrency).toBeLessThanOrEqual(4);
  });

  it('never calls a message gone because it left a folder: A → B, A → B → A (D2.5, D2.6)', async () => {
    rig = await startRig({}, { folders: ['B'] });
    const returned = await rig.add({ from: 'bob@x.example' });
    const { mail, cursor } = await begin();
    const moved = await rig.add({ from: 'ann@x.example' });
    await move(moved, 'B');
    await move(returned, 'B');
    await move(returned, 'inbox');
    const page = await changesSince(mail, cursor);
    expect(page.touchedIds.toSorted()).toEqual([moved, returned].toSorted());
    expect(page).toMatchObject({ deletedIds: [], unannounced: false });
    // The second one comes back as removals alone: it is asked for by its id.
    expect(page.heads?.map((head) => head.providerMessageId)).not.toContain(returned);
    const [head] = await mail.fetchHeads([returned]);
    expect(head).toMatchObject({ outcome: 'found', message: { state: 'mail' } });
  });

  it('hears of old mail that leaves Junk or the bin, and of a deletion for good (D2.4)', async () => {
    rig = await startRig();
    const junk = await rig.add({ from: 'a@x.example', internalDate: old(), folder: 'junkemail' });
    const { mail, cursor } = await begin();
    await move(junk, 'inbox');
    const page = await changesSince(mail, cursor);
    expect(page.touchedIds).toEqual([junk]);
    expect(await mail.fetchHeads([junk])).toMatchObject([{ message: { state: 'mail' } }]);
    await rig.emulator.deleteMessage({ address: OUTLOOK, id: junk });
    const after = await changesSince(mail, page.cursor);
    expect(after).toMatchObject({ touchedIds: [junk], unannounced: true });
    expect(await mail.fetchHeads([junk])).toEqual([{ id: junk, outcome: 'gone' }]);
  });

  it('follows new, renamed, moved and deleted folders (D2.12)', async () => {
    rig = await startRig({}, { folders: ['Clients', 'Trash me'] });
    const inMoved = await rig.add({ from: 'a@x.example', internalDate: old(), folder: 'Trash me' });
    const { mail, cursor } = await begin();
    await rig.emulator.createFolder({ address: OUTLOOK, path: 'New' });
    const inNew = await rig.add({ from: 'b@x.example', folder: 'New' });
    await rig.emulator.renameFolder({ address: OUTLOOK, folder: 'Clients', name: 'Kunden' });
    const first = await changesSince(mail, cursor);
    expect(first.touchedIds).toEqual([inNew]);
    const again = await rig.add({ from: 'c@x.example', folder: 'New' });
    const second = await changesSince(mail, first.cursor);
    expect(second.touchedIds).toEqual([again]);

    // Into the bin as a whole: not one message is told of, all of them are elsewhere now.
    await rig.emulator.deleteFolder({ address: OUTLOOK, folder: 'Trash me' });
    const third = await changesSince(mail, second.cursor);
    expect(third.heads).toMatchObject([{ providerMessageId: inMoved, state: 'trash' }]);
    await rig.emulator.moveFolder({
      address: OUTLOOK,
      folder: await folderId('Deleted Items/Trash me'),
      parent: 'msgfolderroot',
    });
    const fourth = await changesSince(mail, third.cursor);
    expect(fourth.heads).toMatchObject([{ providerMessageId: inMoved, state: 'mail' }]);

    await rig.emulator.deleteFolder({ address: OUTLOOK, folder: 'New', permanently: true });
    const last = await changesSince(mail, fourth.cursor);
    expect(last.cursor.folders.map(({ id }) => id)).not.toContain(await folderId('New'));
    expect(last.deletedIds).toEqual([]);
  });

  it('takes repeated and partial rows and empty pages for what they are (D2.2, 3, 10, 11)', async () => {
    rig = await startRig();
    await rig.emulator.setOutlookSettings({
      address: OUTLOOK,
      repeatDeltaRows: true,
      emptyDeltaPages: 2,
    });
    const known = await rig.add({ from: 'a@x.example', internalDate: old() });
    const { mail, cursor } = await begin();
    const fresh = await rig.add({ from: 'b@x.example' });
    await rig.emulator.markRead({ address: OUTLOOK, id: known, read: true });
    await rig.emulator.markRead({ address: OUTLOOK, id: fresh, read: true });
    const page = await changesSince(mail, cursor);
    expect(page.touchedIds).toEqual([fresh]);
    expect(page.heads).toMatchObject([{ providerMessageId: fresh }]);
  });

  it.each(['gone', 'syncStateNotFound', 'resyncRequired'] as const)(
    'an expired link (%s) is an expired cursor, of folders as of their list (D2.1)',
    async (answer) => {
      rig = await startRig();
      const { mail, cursor } = await begin();
      await rig.emulator.expireDelta({ address: OUTLOOK, folder: 'inbox', answer });
      await expect(changesSince(mail, cursor)).rejects.toThrow(CursorExpiredError);
      const fresh = await mail.baseline();
      await rig.emulator.expireDelta({ address: OUTLOOK, answer });
      await expect(changesSince(mail, fresh)).rejects.toThrow(CursorExpiredError);
      expect((await changesSince(mail, await mail.baseline())).touchedIds).toEqual([]);
    },
  );

  it('in folder scope asks that folder alone, and hears of old mail moved into it (P6)', async () => {
    rig = await startRig({}, { folders: ['Clients/Acme'] });
    const oldMail = await rig.add({ from: 'a@x.example', internalDate: old() });
    const { mail, cursor } = await begin();
    const scope = {
      kind: 'folder',
      folderId: await folderId('Clients'),
      includeSubfolders: true,
    } as const;
    const there = await rig.add({ from: 'b@x.example', internalDate: old(), folder: 'Clients' });
    const first = await changesSince(mail, cursor, scope);
    expect(first).toMatchObject({ touchedIds: [there], unannounced: true });
    await rig.add({ from: 'elsewhere@x.example' });
    await move(oldMail, 'Clients/Acme');
    rig.calls.length = 0;
    const page = await changesSince(mail, first.cursor, scope);
    expect(page).toMatchObject({ touchedIds: [oldMail], unannounced: false });
    expect(rig.calls.map(({ method }) => method).toSorted()).toEqual([
      'mailFolders.delta',
      'messages.delta',
      'messages.delta',
    ]);

    await rig.emulator.deleteFolder({ address: OUTLOOK, folder: 'Clients', permanently: true });
    await expect(changesSince(mail, page.cursor, scope)).rejects.toThrow(RequestRefusedError);
  });

  it('P6 lists a chosen folder itself where the delta is cut (D2.9)', async () => {
    rig = await startRig({ graphLimits: { filteredDelta: 5 } }, { folders: ['Clients'] });
    const day = (n: number) => Date.now() - n * DAY_MS;
    const oldest = await rig.add({ from: 'a@x.example', internalDate: day(60) });
    const others = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) =>
        rig.add({ from: 'b@x.example', internalDate: day(n), folder: 'Clients' }),
      ),
    );
    const mail = rig.mail({ deltaCap: 5 });
    const cursor = await mail.baseline();
    await move(oldest, 'Clients');
    const scope = {
      kind: 'folder',
      folderId: await folderId('Clients'),
      includeSubfolders: false,
    } as const;
    const page = await changesSince(mail, cursor, scope);
    expect(page.touchedIds.toSorted()).toEqual([oldest, ...others].toSorted());
  });
});
