import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Person,
  PROVIDERS,
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

const liveMail = (person: Person, subject: string) =>
  person.add({ from: 'bob@contact.example', subject });

/** Calls in the mailbox, and renewals of anybody's token. */
const callsOf = async ({ address, mailbox }: Person): Promise<number> =>
  (await test.calls()).filter(
    (call) => call.mailbox === address || call.method === mailbox.calls.renewal,
  ).length;

describe.each(PROVIDERS)('revoked and expired grants, %s', (provider) => {
  const somebody = () => test.person(undefined, undefined, { provider });
  const connected = async () => {
    const person = await somebody();
    await person.putContacts({ bob: ['bob@contact.example'] });
    await person.add({ from: 'bob@contact.example', subject: 'before' });
    const inboxId = await person.connectAndBackfill();
    return { person, inboxId };
  };
  const busy = async (size: { messages: number; matching: number }) => {
    const person = await somebody();
    const { contacts, matchingIds } = await test.emulator.seedBulk({
      address: person.address,
      ...size,
      // So few that Outlook is asked for them page by page, and not for several at once.
      contacts: 15,
      days: 80,
    });
    await person.putContacts(Object.fromEntries(contacts.map((one) => [one.id, one.addresses])));
    await person.mailbox.dawdle();
    return { person, matchingIds, inboxId: await person.connect() };
  };

  it('B9 a revoked grant stops all calls, mails the user once, and a reconnect closes the gap', async () => {
    const { person, inboxId } = await connected();
    await person.mailbox.revokeGrant();
    await liveMail(person, 'while revoked');
    expect((await person.untilStatus(inboxId, 'needs_reconnect')).reconnect?.reason).toBe(
      'revoked',
    );
    await until('the mail to the user', async () => reconnectMails(person).length > 0);

    const before = await callsOf(person);
    await liveMail(person, 'still revoked');
    await person.api.put('/api/v1/contacts/cleo', { name: 'C', addresses: ['cleo@x.example'] });
    await until('the pushes answered', () => person.mailbox.pushesAnswered());
    expect(await callsOf(person)).toBe(before);
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
    const { person, matchingIds, inboxId } = await busy({ messages: 500, matching: 250 });
    await until('some mail stored', async () => (await storedIds(test, inboxId)).length >= 30);
    await person.mailbox.revokeGrant();
    await person.untilStatus(inboxId, 'needs_reconnect');
    expect((await storedIds(test, inboxId)).length).toBeLessThan(matchingIds.length);
    await person.mailbox.hurry();
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
    const renewals = async () =>
      (await test.calls({ method: person.mailbox.calls.renewal, status: 200 })).length;
    const before = await renewals();
    for (const turn of [1, 2, 3]) {
      await test.emulator.expireAccessTokens({ address: person.address });
      await liveMail(person, `turn ${turn}`);
      await person.untilOnTimeline('bob', `turn ${turn}`);
    }
    expect((await person.inbox(inboxId)).status).toBe('connected');
    expect(reconnectMails(person)).toEqual([]);
    // Whatever is under way: one renews, the others take what it saved.
    expect((await renewals()) - before).toBe(3);
  });

  it('P1 tokens that expire in the middle of a backfill do not stop it', async () => {
    const { person, matchingIds, inboxId } = await busy({ messages: 400, matching: 200 });
    for (const stored of [20, 80, 140]) {
      await until(
        `${stored} stored`,
        async () => (await storedIds(test, inboxId)).length >= stored,
      );
      await test.emulator.expireAccessTokens({ address: person.address });
    }
    const { state } = await person.untilBackfilled(inboxId);
    await person.mailbox.hurry();
    expect(state).toBe('completed');
    expect((await storedIds(test, inboxId)).sort()).toEqual(matchingIds.toSorted());
    expect((await person.inbox(inboxId)).status).toBe('connected');
  }, 60_000);

  it('P5 a token server that is away for a while is waited for, not taken for a dead grant', async () => {
    const { person, inboxId } = await connected();
    await test.emulator.armFault({
      effect: { kind: 'preset', preset: 'unavailable503' },
      method: person.mailbox.calls.renewal,
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
    await person.mailbox.setSuspended(true);
    await liveMail(person, 'while suspended');
    const inbox = await person.untilStatus(inboxId, 'needs_reconnect');
    expect(inbox.reconnect?.reason).toBe('mailbox_unavailable');
    await until('the mail to the user', async () => reconnectMails(person).length === 1);
    await person.mailbox.setSuspended(false);
    await person.reconnect(inboxId);
    await untilSettled(test, inboxId);
    expect(await person.subjects('bob')).toContain('while suspended');
  }, 60_000);
});

it('B9 Outlook’s conditional access: the user is asked to sign in again, once, and what came is caught up', async () => {
  const person = await test.person(undefined, undefined, { provider: 'outlook' });
  const { address } = person;
  await person.putContacts({ bob: ['bob@contact.example'] });
  const inboxId = await person.connectAndBackfill();
  // The token is challenged, and its renewal meets the policy: AADSTS53003.
  await test.emulator.challengeTokens({ address });
  await test.emulator.setSignInFailure({ address, failure: { code: 53003 } });
  await liveMail(person, 'behind the policy');
  const { reconnect } = await person.untilStatus(inboxId, 'needs_reconnect');
  expect(reconnect).toMatchObject({ reason: 'revoked' });
  await until('the mail to the user', async () => reconnectMails(person).length === 1);
  await test.emulator.setSignInFailure({ address, failure: null });
  await person.reconnect(inboxId);
  await person.untilOnTimeline('bob', 'behind the policy');
  await untilSettled(test, inboxId);
  expect(reconnectMails(person)).toHaveLength(1);
}, 60_000);
