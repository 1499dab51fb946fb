import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Person,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
  untilSettled,
} from '../support/product.ts';

let test: TestProduct;

beforeAll(async () => {
  test = await startTestProduct({ env: { GMAIL_BATCH_SIZE: '10' } });
});
afterAll(() => test?.[Symbol.asyncDispose]());

const reconnectMails = (person: Person) =>
  test.smtp
    .messages()
    .filter(({ to, subject }) => to.includes(person.address) && /reconnect/i.test(subject));

const connected = async () => {
  const person = await test.person();
  await person.putContacts({ bob: ['bob@contact.example'] });
  await person.add({ from: 'bob@contact.example', subject: 'before' });
  const inboxId = await person.connectAndBackfill();
  return { person, inboxId };
};

const liveMail = (person: Person, subject: string) =>
  person.add({ from: 'bob@contact.example', subject });

describe('revoked and expired grants', () => {
  it('B9 a revoked grant stops all calls, mails the user once, and a reconnect closes the gap', async () => {
    const { person, inboxId } = await connected();
    await test.emulator.revokeGrant({ address: person.address });
    await liveMail(person, 'while revoked');
    expect((await person.untilStatus(inboxId, 'needs_reconnect')).reconnect?.reason).toBe(
      'revoked',
    );
    await until('the mail to the user', async () => reconnectMails(person).length > 0);

    const before = (await test.calls()).filter(
      ({ mailbox, method }) => mailbox === person.address || method === 'oauth.token',
    ).length;
    await liveMail(person, 'still revoked');
    await person.api.put('/api/v1/contacts/cleo', { name: 'C', addresses: ['cleo@x.example'] });
    await until('the pushes answered', async () =>
      (await test.emulator.pushDeliveries()).every(({ status }) => status === 'acknowledged'),
    );
    const after = (await test.calls()).filter(
      ({ mailbox, method }) => mailbox === person.address || method === 'oauth.token',
    ).length;
    expect(after).toBe(before);
    expect(reconnectMails(person)).toHaveLength(1);
    expect(reconnectMails(person)[0]?.text).toContain('Nothing that was synced is lost');

    await person.reconnect(inboxId);
    await untilSettled(test, inboxId);
    expect((await person.subjects('bob')).sort()).toEqual([
      'before',
      'still revoked',
      'while revoked',
    ]);
    const { gaps } = await person.inbox(inboxId);
    expect(gaps.map(({ cause }) => cause)).toEqual(['revoked']);
    await liveMail(person, 'live again');
    await person.untilOnTimeline('bob', 'live again');
    expect(reconnectMails(person)).toHaveLength(1);
  }, 60_000);

  it('I1 a grant revoked in the middle of a backfill: the reconnect takes it up, nothing twice', async () => {
    const person = await test.person();
    const { contacts, matchingIds } = await test.emulator.seedBulk({
      address: person.address,
      messages: 500,
      matching: 250,
      contacts: 20,
      days: 80,
    });
    await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
    await test.emulator.setLatency({ rules: [{ method: 'batch', ms: 120 }] });
    const inboxId = await person.connect();
    await until('some mail stored', async () => (await storedIds(test, inboxId)).length >= 30);
    await test.emulator.changePassword({ address: person.address });
    await person.untilStatus(inboxId, 'needs_reconnect');
    await test.emulator.setLatency({ rules: [] });
    await until('the mail to the user', async () => reconnectMails(person).length > 0);
    expect(reconnectMails(person)).toHaveLength(1);
    await person.reconnect(inboxId);
    await untilSettled(test, inboxId);
    expect((await storedIds(test, inboxId)).sort()).toEqual(matchingIds.toSorted());
    const { receipt } = await person.untilBackfilled(inboxId);
    expect(receipt.missing).toBe(0);
  }, 60_000);

  it('P1 expired access tokens are renewed silently, again and again', async () => {
    const { person, inboxId } = await connected();
    for (const turn of [1, 2, 3]) {
      await test.emulator.expireAccessTokens({ address: person.address });
      await liveMail(person, `turn ${turn}`);
      await person.untilOnTimeline('bob', `turn ${turn}`);
    }
    expect((await person.inbox(inboxId)).status).toBe('connected');
    expect(reconnectMails(person)).toEqual([]);
  });

  it('P1 tokens that expire in the middle of a backfill do not stop it', async () => {
    const person = await test.person();
    const { contacts, matchingIds } = await test.emulator.seedBulk({
      address: person.address,
      messages: 400,
      matching: 200,
      contacts: 20,
      days: 80,
    });
    await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
    await test.emulator.setLatency({ rules: [{ method: 'batch', ms: 80 }] });
    const inboxId = await person.connect();
    for (const stored of [20, 80, 140]) {
      await until(
        `${stored} stored`,
        async () => (await storedIds(test, inboxId)).length >= stored,
      );
      await test.emulator.expireAccessTokens({ address: person.address });
    }
    const { state } = await person.untilBackfilled(inboxId);
    await test.emulator.setLatency({ rules: [] });
    expect(state).toBe('completed');
    expect((await storedIds(test, inboxId)).sort()).toEqual(matchingIds.toSorted());
    expect((await person.inbox(inboxId)).status).toBe('connected');
  }, 60_000);

  it('P5 a token server that is away for a while is waited for, not taken for a dead grant', async () => {
    const { person, inboxId } = await connected();
    await test.emulator.armFault({
      effect: { kind: 'preset', preset: 'unavailable503' },
      method: 'oauth.token',
      times: 2,
    });
    await test.emulator.expireAccessTokens({ address: person.address });
    await liveMail(person, 'token server away');
    await person.untilOnTimeline('bob', 'token server away');
    await test.emulator.clearFaults();
    expect((await person.inbox(inboxId)).status).toBe('connected');
  });

  it('P5 a mailbox suspended at the provider waits for the user, and says why', async () => {
    const { person, inboxId } = await connected();
    await test.emulator.setAccountSettings({ address: person.address, mailEnabled: false });
    await liveMail(person, 'while suspended');
    const inbox = await person.untilStatus(inboxId, 'needs_reconnect');
    expect(inbox.reconnect?.reason).toBe('mailbox_unavailable');
    await until('the mail to the user', async () => reconnectMails(person).length === 1);
    await test.emulator.setAccountSettings({ address: person.address, mailEnabled: true });
    await person.reconnect(inboxId);
    await untilSettled(test, inboxId);
    expect(await person.subjects('bob')).toContain('while suspended');
  }, 60_000);
});
