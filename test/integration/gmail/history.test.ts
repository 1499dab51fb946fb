import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChosenScope } from '../../../domain/scope.ts';
import type { MailProvider, SyncCursor } from '../../../providers/mail-provider.ts';
import { ADDRESS, type Rig, startRig } from './support.ts';

const CONTACTS = { kind: 'contacts' } as const;

const drain = async (provider: MailProvider, cursor: SyncCursor, scope: ChosenScope = CONTACTS) => {
  const touched = new Set<string>();
  const deleted = new Set<string>();
  let pages = 0;
  for (let token: string | null = null; ; ) {
    const page = await provider.listChanges(cursor, scope, token);
    pages++;
    for (const id of page.touchedIds) touched.add(id);
    for (const id of page.deletedIds) deleted.add(id);
    token = page.nextPageToken;
    expect(page.cursor === null).toBe(token !== null);
    if (page.cursor) return { touched, deleted, pages, cursor: page.cursor };
  }
};

describe('Gmail history', () => {
  let rig: Rig;
  let provider: MailProvider;
  beforeAll(async () => {
    rig = await startRig();
    provider = await rig.provider();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const add = (more: { as?: 'sent'; labels?: string[] } = {}) =>
    rig.emulator.addMessage({ address: ADDRESS, from: 'a@x.com', text: 'x', ...more });

  it('tells new, unhidden and deleted mail, and not what was merely read', async () => {
    const old = { address: ADDRESS, id: (await add()).id };
    const spam = { address: ADDRESS, id: (await add({ labels: ['SPAM'] })).id };
    const { cursor } = await provider.profile();
    const fresh = await add();
    const doomed = { address: ADDRESS, id: (await add()).id };
    await rig.emulator.deleteMessage(doomed);
    await rig.emulator.modifyLabels({ ...old, remove: ['UNREAD'], add: ['STARRED'] });
    await rig.emulator.markNotSpam(spam);
    const changes = await drain(provider, cursor);
    expect([...changes.touched].toSorted()).toEqual([fresh.id, spam.id].toSorted());
    expect([...changes.deleted]).toEqual([doomed.id]);
    expect((await drain(provider, changes.cursor)).touched.size).toBe(0);
  });

  it('follows a draft to the sent message', async () => {
    const { cursor } = await provider.profile();
    const draft = { address: ADDRESS, to: 'ann@x.com', text: 'draft' };
    const first = await rig.emulator.saveDraft(draft);
    const second = await rig.emulator.saveDraft({ ...draft, id: first.id });
    const sent = await rig.emulator.sendDraft({ address: ADDRESS, id: second.id });
    const changes = await drain(provider, cursor);
    expect([...changes.touched]).toEqual([sent.id]);
  });

  it('touches old mail that gets the label of the scope', async () => {
    const old = { address: ADDRESS, id: (await add()).id };
    const choices = await provider.listScopeChoices();
    const labelId = choices.find(({ name }) => name === 'Customers')?.id ?? '';
    const { cursor } = await provider.profile();
    await add();
    await rig.emulator.modifyLabels({ ...old, add: [labelId] });
    const changes = await drain(provider, cursor, { kind: 'label', labelId });
    expect([...changes.touched]).toEqual([old.id]);
  });

  it('pages to the head, also over a page without history', async () => {
    const { cursor } = await provider.profile();
    for (let n = 0; n < 510; n++) await add();
    await rig.emulator.setAccountSettings({ address: ADDRESS, emptyHistoryPage: true });
    const changes = await drain(provider, cursor);
    await rig.emulator.setAccountSettings({ address: ADDRESS, emptyHistoryPage: false });
    expect(changes.touched.size).toBe(510);
    expect(changes.pages).toBeGreaterThan(1);
  });

  it('says when Gmail forgot the cursor', async () => {
    const { cursor } = await provider.profile();
    await add();
    await rig.emulator.forgetHistory({ address: ADDRESS });
    const expired = { name: 'CursorExpired' };
    await expect(provider.listChanges(cursor, CONTACTS, null)).rejects.toMatchObject(expired);
    const ancient: SyncCursor = { v: 1, provider: 'gmail', historyId: '1' };
    await expect(provider.listChanges(ancient, CONTACTS, null)).rejects.toMatchObject(expired);
  });
});
