import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Person,
  startTestProduct,
  storedIds,
  type TestProduct,
  verdictsOf,
} from '../support/product.ts';

const DAY = 86_400_000;
const BOB = { bob: ['bob.ray@contact.example'] };
const DELTA = 'graph.messages.delta';
const FROM_BOB = 'bob.ray@contact.example';

let test: TestProduct;
beforeAll(async () => {
  test = await startTestProduct({ env: { SEARCH_LAG_RECHECK_MS: '2000' } });
});
afterAll(() => test?.[Symbol.asyncDispose]());

let people = 0;
const outlook = async (): Promise<Person> => {
  people += 1;
  const person = await test.person(`mail${people}`, `org-mail${people}`, { provider: 'outlook' });
  await person.putContacts(BOB);
  return person;
};
const folderId = async ({ address }: Person, path: string): Promise<string> =>
  (await test.emulator.listFolders({ address })).find((one) => one.path === path)?.id ?? '';
const bodiesOf = async ({ address }: Person): Promise<Set<string>> => {
  const log = await test.calls({ mailbox: address, format: 'full' });
  return new Set(log.map(({ method }) => method));
};

describe('P8 the mail of an Outlook inbox', () => {
  it('I2 mail that is moved from folder to folder, and back, stays on the timeline once', async () => {
    const person = await outlook();
    const { address } = person;
    await test.emulator.createFolder({ address, path: 'Clients' });
    const inboxId = await person.connectAndBackfill();
    const { id } = await person.add({ from: FROM_BOB, subject: 'moved about' });
    await person.untilOnTimeline('bob', 'moved about');
    for (const folder of ['archive', 'Clients', 'inbox', 'Clients', 'inbox']) {
      await test.emulator.moveMessage({ address, id, folder });
    }
    await person.add({ from: FROM_BOB, subject: 'after it' });
    await person.untilOnTimeline('bob', 'after it');
    expect((await person.subjects('bob')).sort()).toEqual(['after it', 'moved about']);
    expect((await verdictsOf(test, inboxId)).get(id)).toBe('stored');
  });

  it('I1 folders made, renamed, moved and deleted while it syncs are followed', async () => {
    const person = await outlook();
    const { address } = person;
    await person.connectAndBackfill();
    await test.emulator.createFolder({ address, path: 'Projects' });
    await person.add({ from: FROM_BOB, subject: 'in a new folder', folder: 'Projects' });
    await person.untilOnTimeline('bob', 'in a new folder');
    await test.emulator.renameFolder({ address, folder: 'Projects', name: 'Projekte' });
    await person.add({ from: FROM_BOB, subject: 'in a renamed one', folder: 'Projekte' });
    await person.untilOnTimeline('bob', 'in a renamed one');
    await test.emulator.createFolder({ address, path: 'Clients' });
    await test.emulator.moveFolder({ address, folder: 'Projekte', parent: 'Clients' });
    await person.add({ from: FROM_BOB, subject: 'in a moved one', folder: 'Clients/Projekte' });
    await person.untilOnTimeline('bob', 'in a moved one');
    await test.emulator.deleteFolder({ address, folder: 'Clients', permanently: true });
    await person.add({ from: FROM_BOB, subject: 'after the deletion' });
    await person.untilOnTimeline('bob', 'after the deletion');
    expect(await person.subjects('bob')).toHaveLength(4);
  });

  it('P6 in folder scope only that folder counts, with old mail moved into it', async () => {
    const person = await outlook();
    const { address } = person;
    await test.emulator.createFolder({ address, path: 'Clients/Acme' });
    const at = { internalDate: Date.now() - 5 * DAY };
    await person.add({ from: FROM_BOB, subject: 'in the folder', folder: 'Clients/Acme', ...at });
    await person.add({ from: 'eve@stranger.test', subject: 'stranger', folder: 'Clients', ...at });
    const moved = await person.add({ from: FROM_BOB, subject: 'moved in', ...at });
    const scope = {
      kind: 'folder',
      folderId: await folderId(person, 'Clients'),
      includeSubfolders: true,
    } as const;
    const inboxId = await person.connectAndBackfill({ scope });
    expect(await person.subjects('bob')).toEqual(['in the folder']);
    await person.add({ from: FROM_BOB, subject: 'elsewhere' });
    // The delta of the folder is there once a sync has gone through.
    await person.add({ from: FROM_BOB, subject: 'live in the folder', folder: 'Clients' });
    await person.untilOnTimeline('bob', 'live in the folder');
    const before = (await test.calls()).at(-1)?.seq ?? 0;
    await test.emulator.moveMessage({ address, id: moved.id, folder: 'Clients/Acme' });
    await person.untilOnTimeline('bob', 'moved in');
    // Neither a sync nor a look on the timer asks any other folder what is new in it.
    const looks = await test.calls({ mailbox: address, method: DELTA, sinceSeq: before });
    const inScope = [scope.folderId, await folderId(person, 'Clients/Acme')];
    const elsewhere = looks.filter(
      ({ path }) => !inScope.some((id) => decodeURIComponent(path).includes(id)),
    );
    expect(elsewhere.map(({ path }) => path)).toEqual([]);
    expect(looks.length).toBeGreaterThan(0);
    expect(await person.subjects('bob')).not.toContain('elsewhere');
    expect(await bodiesOf(person)).toEqual(new Set(['graph.messages.get']));
    expect((await verdictsOf(test, inboxId)).size).toBeGreaterThan(0);
  }, 60_000);

  it('H2 where there is no search, everything is found by a listing of heads', async () => {
    const person = await outlook();
    await test.emulator.armFault({
      mailbox: person.address,
      method: 'graph.messages.search',
      effect: {
        kind: 'status',
        status: 400,
        body: { error: { code: 'BadRequest', message: 'No' } },
      },
    });
    const { id } = await person.add({ from: FROM_BOB, internalDate: Date.now() - 50 * DAY });
    const stranger = await person.add({ from: 'eve@stranger.test' });
    const inboxId = await person.connectAndBackfill();
    expect(await storedIds(test, inboxId)).toEqual([id]);
    expect((await verdictsOf(test, inboxId)).get(stranger.id)).toBe('skipped:not_contact');
    await test.emulator.clearFaults();
  }, 60_000);
});
