import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Person,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
  untilSettled,
  verdictOf,
} from '../support/product.ts';

const DAY = 86_400_000;

let test: TestProduct;

beforeAll(async () => {
  test = await startTestProduct();
});
afterAll(() => test?.[Symbol.asyncDispose]());

interface Scopes {
  choices: { id: string; name: string }[];
}

const labelled = async () => {
  const person = await test.person();
  await person.putContacts({ bob: ['bob@contact.example'] });
  const { id: labelId } = await test.emulator.createLabel({
    address: person.address,
    name: 'Customers',
  });
  const old = { internalDate: Date.now() - 30 * DAY };
  const bob = { from: 'bob@contact.example' };
  const inLabel = await person.add({
    ...bob,
    subject: 'in label',
    labels: ['INBOX', 'Customers'],
    ...old,
  });
  const outside = await person.add({ ...bob, subject: 'outside', ...old });
  const stranger = await person.add({
    from: 'eve@stranger.test',
    subject: 'labelled stranger',
    labels: ['INBOX', 'Customers'],
    ...old,
  });
  return { person, labelId, inLabel: inLabel.id, outside: outside.id, stranger: stranger.id };
};

const fullReads = async (person: Person): Promise<string[]> =>
  (await test.calls({ mailbox: person.address, format: 'full' })).flatMap(
    ({ messageId }) => messageId ?? [],
  );

describe('P6 scope', () => {
  it('P6 I3 label scope: only mail with contacts in that label, and nothing else is read', async () => {
    const { person, labelId, inLabel, outside } = await labelled();
    const scope = { kind: 'label', labelId } as const;
    const inboxId = await person.connectAndBackfill({ scope });
    expect(await storedIds(test, inboxId)).toEqual([inLabel]);
    expect(await fullReads(person)).not.toContain(outside);
    const touched = await test.calls({ mailbox: person.address, messageId: outside });
    expect(touched).toEqual([]);
    expect((await person.inbox(inboxId)).scope).toEqual(scope);

    const live = await person.add({ from: 'bob@contact.example', subject: 'live outside' });
    await person.add({
      from: 'bob@contact.example',
      subject: 'live inside',
      labels: ['INBOX', 'Customers'],
    });
    await person.untilOnTimeline('bob', 'live inside');
    expect(await test.calls({ mailbox: person.address, messageId: live.id })).toEqual([]);
    expect(await storedIds(test, inboxId)).not.toContain(live.id);
  });

  it('P6 a label put on old mail brings it in; taken off, it stays on the timeline', async () => {
    const { person, labelId, outside } = await labelled();
    const inboxId = await person.connectAndBackfill({ scope: { kind: 'label', labelId } });
    const { address } = person;
    await test.emulator.modifyLabels({ address, id: outside, add: ['Customers'] });
    await person.untilOnTimeline('bob', 'outside');
    await test.emulator.modifyLabels({ address, id: outside, remove: ['Customers'] });
    await person.add({
      from: 'bob@contact.example',
      subject: 'later',
      labels: ['INBOX', 'Customers'],
    });
    await person.untilOnTimeline('bob', 'later');
    expect(await person.subjects('bob')).toContain('outside');
    expect(await verdictOf(test, inboxId, outside)).toBe('stored');
  });

  it('B9 a label that was deleted is shown with what to do, and another scope closes the gap', async () => {
    const { person, labelId, outside } = await labelled();
    const inboxId = await person.connectAndBackfill({ scope: { kind: 'label', labelId } });
    await test.emulator.deleteLabel({ address: person.address, label: labelId });
    await person.add({ from: 'bob@contact.example', subject: 'unseen' });
    const troubled = await until('the problem', async () => {
      const inbox = await person.inbox(inboxId);
      return inbox.problem ? inbox : null;
    });
    expect(troubled.problem).toMatchObject({
      code: 'scope_gone',
      action: expect.stringContaining('Choose another'),
    });
    expect(troubled.gaps).toMatchObject([{ cause: 'scope_gone', closedAt: null }]);
    await person.api.put(`/api/v1/inboxes/${inboxId}/scope`, { kind: 'contacts' });
    await untilSettled(test, inboxId);
    const mended = await person.inbox(inboxId);
    expect(mended.problem).toBeNull();
    expect(mended.gaps).toMatchObject([{ cause: 'scope_gone', closedAt: expect.any(String) }]);
    expect(await storedIds(test, inboxId)).toContain(outside);
    expect(await person.subjects('bob')).toContain('unseen');
  }, 60_000);

  it('P6 a renamed label stays the scope', async () => {
    const { person, labelId } = await labelled();
    await person.connectAndBackfill({ scope: { kind: 'label', labelId } });
    await test.emulator.renameLabel({ address: person.address, label: labelId, name: 'Clients' });
    await person.add({
      from: 'bob@contact.example',
      subject: 'after the renaming',
      labels: ['INBOX', 'Clients'],
    });
    await person.untilOnTimeline('bob', 'after the renaming');
  });

  it('P6 widening fetches what was left out, narrowing deletes nothing', async () => {
    const { person, labelId, inLabel, outside, stranger } = await labelled();
    const inboxId = await person.connectAndBackfill({ scope: { kind: 'label', labelId } });
    const path = `/api/v1/inboxes/${inboxId}`;
    const { choices } = await person.api.get<Scopes>(`${path}/scopes`);
    expect(choices.map(({ id }) => id)).toContain(labelId);

    await person.api.put(`${path}/scope`, { kind: 'contacts' });
    await person.untilBackfilled(inboxId, 'scope');
    expect((await storedIds(test, inboxId)).sort()).toEqual([inLabel, outside].sort());

    const after = Math.max(...(await person.backfills(inboxId)).map(({ n }) => n));
    await person.api.put(`${path}/scope`, { kind: 'label', labelId });
    await person.untilBackfilled(inboxId, 'scope', { after });
    expect((await storedIds(test, inboxId)).sort()).toEqual([inLabel, outside].sort());
    const live = await person.add({ from: 'bob@contact.example', subject: 'now outside' });
    await person.add({
      from: 'bob@contact.example',
      subject: 'still inside',
      labels: ['INBOX', 'Customers'],
    });
    await person.untilOnTimeline('bob', 'still inside');
    expect(await storedIds(test, inboxId)).not.toContain(live.id);
    expect(await verdictOf(test, inboxId, stranger)).not.toBe('stored');
    expect((await fullReads(person)).filter((id) => id === stranger)).toEqual([]);
    await untilSettled(test, inboxId);
  });

  it('P6 the same scope again plans nothing, an unknown label is refused', async () => {
    const { person } = await labelled();
    const inboxId = await person.connectAndBackfill();
    const path = `/api/v1/inboxes/${inboxId}/scope`;
    const before = (await person.backfills(inboxId)).length;
    await person.api.put(path, { kind: 'contacts' });
    expect((await person.backfills(inboxId)).length).toBe(before);
    const answer = await person.api.send('PUT', path, { kind: 'label', labelId: 'Label_404' });
    expect(answer.status).toBe(422);
    expect((await person.inbox(inboxId)).scope).toEqual({ kind: 'contacts' });
  });

  it('P6 connecting with a label the mailbox has not: said so, nothing stored', async () => {
    const person = await test.person();
    const landed = await person.consent(await person.begin({ kind: 'label', labelId: 'Label_9' }));
    expect(landed.outcome).toBe('unknown_label');
    expect(
      await test.sql('select from inboxes where user_id = $1', [person.identity.userId]),
    ).toEqual([]);
  });
});
