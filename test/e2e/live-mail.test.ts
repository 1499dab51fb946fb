import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Person,
  PROVIDERS,
  startTestProduct,
  storedIds,
  type TestProduct,
  untilVerdict,
  verdictOf,
} from '../support/product.ts';

/** Push only: the timer would hide a push that is not acted on. */
const PUSH_ONLY = { POLL_INTERVAL_MS: '600000', POLL_INTERVAL_WITH_PUSH_MS: '600000' };

let test: TestProduct;
beforeAll(async () => {
  test = await startTestProduct({ env: PUSH_ONLY });
  await test.emulator.setPush({ minIntervalMs: 0 });
});
afterAll(() => test?.[Symbol.asyncDispose]());

describe.each(PROVIDERS)('P1 live mail, %s', (provider) => {
  const sales = `sales-${provider}@brightwater.example`;
  let ann: Person;
  let inboxId: string;
  beforeAll(async () => {
    ann = await test.person(`ann-${provider}`, undefined, { provider, aliases: [sales] });
    await ann.putContacts({
      bob: ['bob@contact.example', 'Robert.Tables@gmail.com'],
      cleo: ['cleo@contact.example'],
    });
    inboxId = await ann.connectAndBackfill();
  });

  it('P1 inbound mail from a contact is on the timeline, inbound', async () => {
    await ann.add({ from: 'Bob <BOB@Contact.example>', subject: 'in 1', text: 'hello Ann' });
    const item = await ann.untilOnTimeline('bob', 'in 1');
    expect(item).toMatchObject({ direction: 'inbound', inboxId, hasAttachments: false });
    expect(await ann.message(item.id)).toMatchObject({ text: expect.stringContaining('hello') });
  });

  it('P1 outbound mail to a contact is on the timeline, outbound', async () => {
    await ann.add({ as: 'sent', to: 'Bob <bob@contact.example>', subject: 'out 1', text: 'x' });
    expect(await ann.untilOnTimeline('bob', 'out 1')).toMatchObject({ direction: 'outbound' });
  });

  it('P1 mail sent from an alias is outbound, mail to an alias inbound', async () => {
    await ann.add({
      as: 'sent',
      from: `Sales <${sales}>`,
      to: 'bob@contact.example',
      subject: 'from alias',
    });
    await ann.add({
      from: 'bob@contact.example',
      to: sales,
      subject: 'to alias',
    });
    expect(await ann.untilOnTimeline('bob', 'from alias')).toMatchObject({ direction: 'outbound' });
    expect(await ann.untilOnTimeline('bob', 'to alias')).toMatchObject({ direction: 'inbound' });
  });

  it('P1 a contact in Cc, in Bcc of a sent copy, with a plus tag or other dots, is found', async () => {
    await ann.add({ cc: 'cleo@contact.example', subject: 'in cc' });
    await ann.add({
      as: 'sent',
      to: 'x@stranger.test',
      bcc: 'cleo@contact.example',
      subject: 'in bcc',
    });
    await ann.add({ from: 'roberttables+crm@googlemail.com', subject: 'dots and tag' });
    expect(await ann.untilOnTimeline('cleo', 'in cc')).toMatchObject({ direction: 'inbound' });
    expect(await ann.untilOnTimeline('cleo', 'in bcc')).toMatchObject({ direction: 'outbound' });
    expect(await ann.untilOnTimeline('bob', 'dots and tag')).toMatchObject({
      direction: 'inbound',
    });
  });

  it('P1 one mail with two contacts is on both timelines and stored once', async () => {
    const { id } = await ann.add({
      from: 'bob@contact.example',
      cc: 'cleo@contact.example',
      subject: 'two contacts',
    });
    const [bobs, cleos] = await Promise.all([
      ann.untilOnTimeline('bob', 'two contacts'),
      ann.untilOnTimeline('cleo', 'two contacts'),
    ]);
    expect(bobs.id).toBe(cleos.id);
    expect((await storedIds(test, inboxId)).filter((one) => one === id)).toHaveLength(1);
  });

  it('P1 a draft is never stored, and once it is sent it is stored once', async () => {
    const draft = { to: 'bob@contact.example', subject: 'a draft', text: 'one' };
    const mine = { address: ann.address, from: ann.address };
    const first = await test.emulator.saveDraft({ ...mine, ...draft });
    const second = await test.emulator.saveDraft({ ...mine, ...draft, text: 'two', id: first.id });
    await ann.add({ from: 'bob@contact.example', subject: 'after the draft' });
    await ann.untilOnTimeline('bob', 'after the draft');
    expect(await ann.subjects('bob')).not.toContain('a draft');
    expect(await storedIds(test, inboxId)).not.toContain(second.id);

    const sent = await test.emulator.sendDraft({ address: ann.address, id: second.id });
    expect(await ann.untilOnTimeline('bob', 'a draft')).toMatchObject({ direction: 'outbound' });
    expect((await ann.subjects('bob')).filter((subject) => subject === 'a draft')).toHaveLength(1);
    // Gmail gives what is sent another id; an Outlook draft keeps its own.
    const kept = [first.id, second.id].filter((id) => id !== sent.id);
    const stored = await storedIds(test, inboxId);
    expect(stored).toContain(sent.id);
    expect(stored.filter((id) => kept.includes(id))).toEqual([]);
  });

  it('P1 mail in spam or trash waits until it is moved out', async () => {
    const spam = await ann.add({
      from: 'bob@contact.example',
      subject: 'was spam',
      labels: ['SPAM'],
    });
    // Nobody tells of it while it lies there: it is older than the sync.
    const old = await ann.add({
      from: 'bob@contact.example',
      subject: 'was old spam',
      labels: ['SPAM'],
      internalDate: Date.now() - 2 * 86_400_000,
    });
    const trash = await ann.add({
      from: 'bob@contact.example',
      subject: 'was trash',
      labels: ['TRASH'],
    });
    expect(await untilVerdict(test, inboxId, spam.id)).toBe('skipped:spam');
    expect(await untilVerdict(test, inboxId, trash.id)).toBe('skipped:trash');
    for (const { id } of [spam, old]) {
      await test.emulator.markNotSpam({ address: ann.address, id });
    }
    await test.emulator.untrash({ address: ann.address, id: trash.id });
    await ann.untilOnTimeline('bob', 'was spam');
    await ann.untilOnTimeline('bob', 'was old spam');
    await ann.untilOnTimeline('bob', 'was trash');
    expect(await verdictOf(test, inboxId, spam.id)).toBe('stored');
  });

  // Outlook keeps two of them: the sent copy, and the one that arrived.
  it('P1 mail to oneself with a contact in copy is outbound, and each copy stored once', async () => {
    const { id } = await ann.add({ as: 'self', cc: 'cleo@contact.example', subject: 'note' });
    expect(await ann.untilOnTimeline('cleo', 'note')).toMatchObject({ direction: 'outbound' });
    expect((await storedIds(test, inboxId)).filter((one) => one === id)).toHaveLength(1);
  });

  it('I3 mail to oneself alone, even filed as a contact, is on no timeline', async () => {
    await ann.api.put('/api/v1/contacts/me', { name: 'me', addresses: [ann.address] });
    const { id } = await ann.add({ as: 'self', subject: 'to myself' });
    expect(await untilVerdict(test, inboxId, id)).toBe('skipped:not_contact');
    expect(await ann.timeline('me')).toEqual([]);
    // A search for it would bring all mail of the mailbox.
    await ann.untilBackfilled(inboxId, 'contacts');
    const searches = await test.calls({ mailbox: ann.address, method: ann.mailbox.calls.search });
    expect(searches.filter(({ q }) => q?.includes(ann.address))).toEqual([]);
  });

  it('B1 the body of a stranger’s live mail is never fetched', async () => {
    const { id } = await ann.add({
      from: 'eve@stranger.test',
      subject: 'stranger',
      text: 'secret',
    });
    expect(await untilVerdict(test, inboxId, id)).toBe('skipped:not_contact');
    const formats = (await test.calls({ messageId: id })).map(({ format }) => format);
    // Outlook tells a head along with the change.
    expect(formats.length > 0).toBe(provider === 'gmail');
    expect(formats).not.toContain('full');
    expect(formats).not.toContain('raw');
  });

  it('P1 mail removed at the provider stays on the timeline', async () => {
    const { id } = await ann.add({ from: 'bob@contact.example', subject: 'kept' });
    await ann.untilOnTimeline('bob', 'kept');
    await test.emulator.deleteMessage({ address: ann.address, id });
    await ann.add({ from: 'bob@contact.example', subject: 'after the removal' });
    await ann.untilOnTimeline('bob', 'after the removal');
    expect(await ann.subjects('bob')).toContain('kept');
  });

  it('P1 the newest stands first, across pages, each message once', async () => {
    const whole = await ann.timeline('bob');
    const paged = await ann.timeline('bob', 2);
    expect(paged).toEqual(whole);
    const times = whole.map(({ receivedAt }) => receivedAt);
    expect(times).toEqual(times.toSorted().reverse());
    expect(new Set(whole.map(({ id }) => id)).size).toBe(whole.length);
  });

  it('P3 two teammates with the same mail each get their own copy', async () => {
    const team = `team-${provider}`;
    const [kim, lee] = await Promise.all([
      test.person(`kim-${provider}`, team, { provider }),
      test.person(`lee-${provider}`, team, { provider }),
    ]);
    await kim.putContacts({ dana: ['dana@contact.example'] });
    await Promise.all([kim.connectAndBackfill(), lee.connectAndBackfill()]);
    const mail = {
      from: 'dana@contact.example',
      to: `${kim.address}, ${lee.address}`,
      subject: 'to both',
      messageId: '<same@contact.example>',
    };
    await Promise.all([kim.add(mail), lee.add(mail)]);
    const [kims, lees] = await Promise.all([
      kim.untilOnTimeline('dana', 'to both'),
      lee.untilOnTimeline('dana', 'to both'),
    ]);
    expect(kims.id).not.toBe(lees.id);
    expect(kims.inboxId).not.toBe(lees.inboxId);
    expect(await kim.timeline('dana')).toHaveLength(1);
    expect(await lee.timeline('dana')).toHaveLength(1);
  });
});
