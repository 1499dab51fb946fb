import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Person,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
  untilSettled,
  untilVerdict,
  verdictsOf,
} from '../support/product.ts';

const DAY = 86_400_000;
const BOB = { bob: ['bob.ray@contact.example'] };
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
  it('I1 a large mailbox: exactly the matching messages, each once, four requests at once', async () => {
    const person = await outlook();
    const { contacts, matchingIds } = await test.emulator.seedBulk({
      address: person.address,
      provider: 'microsoft',
      messages: 2_000,
      matching: 400,
      contacts: 60,
      days: 80,
    });
    await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
    const inboxId = await person.connectAndBackfill();
    const { receipt } = await person.untilBackfilled(inboxId);
    expect(receipt).toMatchObject({ stored: matchingIds.length, failed: 0, missing: 0 });
    expect((await storedIds(test, inboxId)).sort()).toEqual(matchingIds.toSorted());
    const { touched } = await person.inbox(inboxId);
    expect(touched.bodiesRead).toBeGreaterThanOrEqual(matchingIds.length);
    expect(touched.bodiesRead).toBeLessThan(matchingIds.length * 1.3);
    const counts = await test.emulator.graphQuotaCounts();
    const mine = counts.find(({ mailbox }) => mailbox === person.address);
    expect(mine?.throttled).toBe(0);
    expect(mine?.maxConcurrency).toBeLessThanOrEqual(4);
  }, 90_000);

  it('I3 B1 of strangers who share words with a contact no body is read', async () => {
    const person = await outlook();
    await person.putContacts({ ann: ['ann@firm.example'] });
    const stranger = await person.add({
      from: 'mary.ann@firm.example',
      internalDate: Date.now() - DAY,
    });
    const { id } = await person.add({ from: 'ann@firm.example', internalDate: Date.now() - DAY });
    const inboxId = await person.connectAndBackfill();
    expect(await storedIds(test, inboxId)).toEqual([id]);
    expect((await verdictsOf(test, inboxId)).get(stranger.id)).toBe('skipped:not_contact');
    const searches = await test.calls({ mailbox: person.address, method: 'graph.messages.search' });
    const asked = searches.filter(({ q }) => q?.includes('ann@firm.example'));
    expect(new Set(asked.map(({ format }) => format))).toEqual(new Set(['metadata']));
    const read = await test.calls({ messageId: stranger.id, format: 'full' });
    expect(read).toEqual([]);
  }, 60_000);

  it('P1 live mail, sent mail, junk taken out, drafts that are sent; deletions take nothing away', async () => {
    const person = await outlook();
    const { address } = person;
    const junk = await person.add({
      from: FROM_BOB,
      subject: 'was junk',
      folder: 'junkemail',
      internalDate: Date.now() - 2 * DAY,
    });
    const inboxId = await person.connectAndBackfill();
    const live = await person.add({ from: FROM_BOB, subject: 'live' });
    await person.add({ as: 'sent', to: FROM_BOB, subject: 'sent' });
    await person.untilOnTimeline('bob', 'live');
    expect(await person.untilOnTimeline('bob', 'sent')).toMatchObject({ direction: 'outbound' });
    await test.emulator.moveMessage({ address, id: junk.id, folder: 'inbox' });
    await person.untilOnTimeline('bob', 'was junk');
    await test.emulator.moveMessage({ address, id: live.id, folder: 'archive' });
    await test.emulator.deleteMessage({ address, id: junk.id });
    const stranger = await person.add({ from: 'eve@stranger.test', subject: 'stranger' });
    expect(await untilVerdict(test, inboxId, stranger.id)).toBe('skipped:not_contact');
    expect((await test.calls({ messageId: stranger.id, format: 'full' })).length).toBe(0);
    expect((await person.subjects('bob')).sort()).toEqual(['live', 'sent', 'was junk']);
  }, 60_000);

  it('B9 an expired delta opens a dated gap and closes it, nothing lost, nothing twice', async () => {
    const person = await outlook();
    const inboxId = await person.connectAndBackfill();
    await test.stopWorker();
    const missed = await person.add({ from: FROM_BOB, subject: 'missed' });
    await test.emulator.expireDelta({ address: person.address });
    await test.startWorker();
    await person.untilOnTimeline('bob', 'missed');
    await untilSettled(test, inboxId);
    expect(await storedIds(test, inboxId)).toEqual([missed.id]);
    const { gaps } = await person.inbox(inboxId);
    expect(gaps).toMatchObject([{ cause: 'cursor_expired', closedAt: expect.any(String) }]);
    await person.add({ from: FROM_BOB, subject: 'live again' });
    await person.untilOnTimeline('bob', 'live again');
  }, 90_000);

  it('B4 a contact added later gets its own 90 days, and what is stored is not read again', async () => {
    const person = await outlook();
    const both = await person.add({
      from: FROM_BOB,
      cc: 'cleo.late@late.example',
      subject: 'both',
      internalDate: Date.now() - 10 * DAY,
    });
    await person.add({
      from: 'cleo.late@late.example',
      subject: 'hers',
      internalDate: Date.now() - 40 * DAY,
    });
    const inboxId = await person.connectAndBackfill();
    await person.api.put('/api/v1/contacts/cleo', {
      name: 'C',
      addresses: ['cleo.late@late.example'],
    });
    await person.untilBackfilled(inboxId, 'contacts');
    expect((await person.subjects('cleo')).sort()).toEqual(['both', 'hers']);
    expect((await storedIds(test, inboxId)).filter((id) => id === both.id)).toHaveLength(1);
  }, 60_000);

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
    await test.emulator.moveMessage({ address, id: moved.id, folder: 'Clients/Acme' });
    await person.untilOnTimeline('bob', 'moved in');
    expect(await person.subjects('bob')).not.toContain('elsewhere');
    expect(await bodiesOf(person)).toEqual(new Set(['graph.messages.get']));
    expect((await verdictsOf(test, inboxId)).size).toBeGreaterThan(0);
  }, 60_000);

  it('I1 I2 SIGKILL in the middle of a backfill loses nothing and stores nothing twice', async () => {
    const person = await outlook();
    const { contacts, matchingIds } = await test.emulator.seedBulk({
      address: person.address,
      provider: 'microsoft',
      messages: 900,
      matching: 450,
      contacts: 30,
      days: 80,
    });
    await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
    await test.emulator.setLatency({ rules: [{ method: 'graph.messages.search', ms: 400 }] });
    const inboxId = await person.connect();
    await until('some are stored', async () => (await storedIds(test, inboxId)).length >= 50, {
      timeoutMs: 60_000,
    });
    await test.killWorker();
    await test.emulator.setLatency({ rules: [] });
    const { receipt } = await person.untilBackfilled(inboxId, 'initial', { timeoutMs: 90_000 });
    expect(receipt).toMatchObject({ missing: 0, failed: 0 });
    expect((await storedIds(test, inboxId)).sort()).toEqual(matchingIds.toSorted());
  }, 150_000);

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
