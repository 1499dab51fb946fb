import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWindow, type Window } from '../support/browser.ts';
import { Person, startTestProduct, type TestProduct, until } from '../support/product.ts';

/** One person's way through the page, from the first look to the deletion; each step needs those before. */
describe('the web page', () => {
  let test: TestProduct;
  let person: Person;
  let window: Window;
  let outlookAddress: string;

  beforeAll(async () => {
    test = await startTestProduct({
      env: {
        SEND_LOOK_FOR_MS: '2000',
        // A budget that binds nobody here, and lets the page say how long it takes.
        GMAIL_UNITS_PER_MINUTE: '1000000',
        GMAIL_PROJECT_UNITS_PER_MINUTE: '10000000',
      },
    });
    const mailbox = await test.emulator.seedDemo({ address: 'maya@brightwater.example' });
    person = await Person.of(test.product, {
      orgId: 'brightwater',
      userId: 'maya',
      email: mailbox.address,
    });
    await person.api.post('/api/v1/contacts/bulk', {
      contacts: mailbox.contacts.map(({ id, name, addresses }) => ({ id, name, addresses })),
    });
    const outlook = await test.emulator.seedDemo({ provider: 'microsoft' });
    outlookAddress = outlook.address;
    window = await openWindow();
  });
  afterAll(async () => {
    await window[Symbol.asyncDispose]();
    await test[Symbol.asyncDispose]();
  });

  const at = (path: string) => window.page.goto(`${test.product.apiUrl}/#${path}`);
  const button = (name: string | RegExp) => window.page.getByRole('button', { name, exact: true });
  /** A button of the Gmail inbox; the Outlook one is on the page beside it. */
  const gmailButton = (name: string) =>
    window.page
      .getByRole('region', { name: person.address })
      .getByRole('button', { name, exact: true });
  const heading = (name: string) => window.page.getByRole('heading', { name, exact: true });
  const shows = (text: string | RegExp) => window.page.getByText(text).first().waitFor();
  /** The text is on the page at a moment after the act, however soon it is gone again. */
  const showsOnce = async (text: string, act: () => Promise<void>): Promise<void> => {
    await Promise.all([shows(text), act()]);
    await window.page.getByText(text).waitFor({ state: 'detached' });
  };
  const focused = (): Promise<string> =>
    window.page.evaluate<string>('document.activeElement.textContent');

  async function consent(): Promise<void> {
    await window.page.getByText('maya@brightwater.example').first().waitFor();
    await button('Continue').click();
    await heading('Email').waitFor();
  }

  it('says how to get in to whoever is not signed in', async () => {
    await at('/settings/email');
    await heading('You are not signed in').waitFor();
    expect(await window.look('signed-out')).toEqual([]);
  });

  it('P5 connects Gmail from the page alone, and tells how far the backfill is', async () => {
    await test.stopWorker();
    await window.signIn(test.product.apiUrl, await test.product.tokenFor(person.identity));
    await at('/settings/email');
    await window.page.reload();
    await heading('Connect your first inbox').waitFor();
    expect(await window.look('nothing-connected')).toEqual([]);
    await button('Connect Gmail').click();
    await consent();
    await shows('Your inbox is connected: maya@brightwater.example.');
    await shows('Asking the provider for email with your contacts');
    // Where the consent was for is where one is.
    expect(await focused()).toBe(person.address);
    expect(await window.look('backfill-waiting')).toEqual([]);
    const slow = { mailbox: person.address, effect: { kind: 'delay', ms: 2_500 } } as const;
    const list = 'gmail.users.messages.list';
    await test.emulator.armFault({ ...slow, method: list, skip: 1, times: 2 });
    await test.startWorker();
    // Without a reload: the server says that something is new (P7, B2, B10).
    await shows(/^\d+ of at least \d+ emails read, \d+ added to timelines\. Time left: /);
    // It is not full before everything is listed (-1: without a value).
    const bar = window.page.locator('progress');
    expect(
      await bar.evaluate((one) => (one as unknown as { position: number }).position),
    ).toBeLessThan(1);
    const promise = window.page.getByText('come onto their timelines, newest first');
    expect(await promise.count()).toBe(1);
    // Not while its history is on its way.
    expect(await window.page.getByText('Up to date as of').count()).toBe(0);
    expect(await window.look('backfill-counts')).toEqual([]);
    await watchProgress();
    await test.emulator.clearFaults();
    await shows(/^The first import is done: it added \d+ emails\.$/);
    await shows(/^\d+ emails of this inbox are on timelines\.$/);
    await shows('Up to date as of');
    expect(await promise.count()).toBe(0);
    const { shares, times } = await watchedProgress();
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    // A mailbox of some hundred emails, where nothing is scarce.
    expect(times.filter((time) => time !== 'less than a minute')).toEqual([]);
    await window.page.getByText('Receipt', { exact: true }).click();
    await shows('0 unaccounted for');
    await window.page.getByText('What we touched in this inbox').click();
    await shows('kept on timelines');
    expect(await window.look('connected')).toEqual([]);
  });

  it('P6 offers the mailbox’s real labels as scope', async () => {
    await button('Change').click();
    await window.page.getByRole('radio', { name: /One label/ }).check();
    const labels = window.page.getByLabel('Which label?');
    const names = await labels.getByRole('option').allInnerTexts();
    const { choices } = await person.api.get<{ choices: { name: string }[] }>(
      `/api/v1/inboxes/${await inboxId()}/scopes`,
    );
    expect(names.slice(1)).toEqual(choices.map(({ name }) => name));
    expect(await window.look('scope')).toEqual([]);
    const chosen = names.at(-1) ?? '';
    await labels.selectOption(chosen);
    await showsOnce('The scope is changed.', () => button('Save').click());
    await shows(`email with contacts in the label ${chosen}`);
    await button('Change').click();
    await window.page.getByRole('radio', { name: /Everything/ }).check();
    await button('Save').click();
    // Not the choice beside it, which begins with a capital letter.
    await window.page.getByText('everything with contacts', { exact: true }).waitFor();
    await button('Change').click();
    await button('Save').click();
    await shows('The scope is as it was.');
    expect(await button('Change').evaluate((one) => one.matches(':focus'))).toBe(true);
    // However little that run added, the card says what there is (B2).
    const { touched } = await person.inbox(await inboxId());
    await shows(`${touched.stored} emails of this inbox are on timelines.`);
    await shows(/^The import for the new scope of .* is done: it added /);
  });

  it('P6 says that email below an empty label is not included, and what to do once a label is gone', async () => {
    const { address } = person;
    await test.emulator.addMessage({ address, from: 'x@stranger.test', labels: ['Archive'] });
    await choose('Archive');
    await shows('Email under the labels nested below it is not included');
    expect(await window.look('scope-empty')).toEqual([]);
    await test.emulator.deleteLabel({ address, label: 'Archive' });
    // As the look that an inbox takes every few minutes notes it: test/e2e/scope.test.ts has that.
    await test.sql("update inboxes set problem = 'scope_gone', problem_since = now()");
    await window.page.reload();
    await shows('The label or folder that this inbox was to sync does not exist any more');
    await shows('Connected, but nothing is synced until you choose');
    expect(await window.page.getByText('Up to date as of').count()).toBe(0);
    expect(await window.look('scope-gone')).toEqual([]);
    await choose(null);
    await shows('Up to date as of');
    await window.page.getByText('nested below it').waitFor({ state: 'detached' });
  });

  it('P8 shows a connection that waits for an administrator, with what to send them', async () => {
    await test.emulator.setTenant({ address: outlookAddress, consentPolicy: 'adminOnly' });
    await button('Connect Outlook').click();
    await window.page.getByRole('button', { name: new RegExp(outlookAddress) }).click();
    await button('Return to the application without granting consent').click();
    await window.page.getByRole('link', { name: 'back', exact: true }).click();
    await shows('If it asked for your administrator, send them this link.');
    expect(await window.page.getByText('Microsoft has not given access yet').count()).toBe(1);
    expect(await window.look('administrator')).toEqual([]);
    await test.emulator.setTenant({ address: outlookAddress, consentPolicy: 'user' });
  });

  it('P6 P8 connects Outlook by the other button, and reads nothing before its folder is chosen', async () => {
    await window.page.getByRole('checkbox', { name: /after connecting/ }).check();
    expect(await window.look('choose-later')).toEqual([]);
    await button('Connect Outlook').click();
    await window.page.getByRole('button', { name: new RegExp(outlookAddress) }).click();
    await button('Accept').click();
    await heading('Email').waitFor();
    await shows(`Your inbox is connected: ${outlookAddress}.`);
    const card = window.page.getByRole('region', { name: outlookAddress });
    await card.getByText('Nothing of this inbox is read until you choose.').waitFor();
    expect(await card.getByRole('radio', { name: /One folder/ }).isChecked()).toBe(true);
    expect(await card.getByRole('radio', { name: /Everything/ }).isChecked()).toBe(false);
    expect(await card.getByRole('progressbar').count()).toBe(0);
    expect(await window.look('unchosen')).toEqual([]);
    await card.getByLabel('Which folder?').selectOption('Clients');
    await card.getByLabel('And the folders below it').check();
    await showsOnce('What you chose is being brought in.', () =>
      card.getByRole('button', { name: 'Save' }).click(),
    );
    const change = card.getByRole('button', { name: 'Change' });
    expect(await change.evaluate((one) => one.matches(':focus'))).toBe(true);
    await card.getByText(/^The first import is done: it added \d+ emails\.$/).waitFor();
    await card
      .getByText('email with contacts in the folder Clients and the folders below it')
      .waitFor();
    expect(await window.look('both-providers')).toEqual([]);
    await card.getByRole('button', { name: 'Disconnect …' }).click();
    await shows('The permission at Microsoft remains, and only you can take it back');
    // Microsoft has no call that ends a grant, so the page must not offer it.
    expect(await window.page.getByRole('dialog').getByRole('checkbox').count()).toBe(0);
    expect(await window.look('disconnect-outlook')).toEqual([]);
    await button('Disconnect').click();
    await card.getByText('Our copy of the access is gone.').waitFor();
    await card
      .getByText(
        /^Reconnect, and what is synced stays .* in the folder Clients and the folders below/,
      )
      .waitFor();
    expect(
      await card
        .getByRole('link')
        .evaluateAll((links) => links.map((one) => one.getAttribute('href'))),
    ).toEqual(['https://myapps.microsoft.com/', 'https://account.live.com/consent/Manage']);
  });

  it('P1 shows a timeline, which new email comes onto while it is open', async () => {
    await window.page.getByRole('link', { name: 'Contacts', exact: true }).click();
    await heading('Contacts').waitFor();
    await window.page.getByRole('link', { name: /Tom Okoro/ }).waitFor();
    expect(await window.look('contacts')).toEqual([]);
    await window.page.getByRole('link', { name: /Tom Okoro/ }).click();
    await heading('Tom Okoro').waitFor();
    await window.page.getByRole('list', { name: 'Emails, newest first' }).waitFor();
    await person.add({
      from: 'Tom Okoro <tom.okoro@harbourkitchen.example>',
      subject: 'While you are looking',
      text: 'Hello there',
      html: '<p style="color:#a00">Hello <b>there</b></p><img src="https://tracker.example/x.png">',
    });
    const line = window.page.getByRole('button', { name: /While you are looking/ });
    await line.click();
    const frame = window.page.frameLocator('iframe');
    await frame.getByText('Hello there').waitFor();
    await shows('1 remote image not loaded');
    expect(await window.look('timeline')).toEqual([]);
    await button('Load images').click();
    await until('the images asked for', async () => !(await button('Load images').isVisible()));
  });

  it('B6 shares a thread by an act of its owner, and takes it back', async () => {
    await button('Share with the team').click();
    await shows('Only you see this thread.');
    await shows('If you share it, everybody who can sign in');
    await button('Share this thread').click();
    await shows('The team sees this thread.');
    await button('Shared with the team').waitFor();
    await button('Stop sharing').click();
    await shows('Only you see this thread.');
    await button('Share with the team').waitFor();
  });

  it('B3 says why an email is not here', async () => {
    await window.page.getByText('Why isn’t an email here?').click();
    await window.page.getByLabel('Sender’s address').fill('nobody@stranger.test');
    await window.page.getByLabel('The day it came').fill('2020-02-02');
    await button('Find out').click();
    await window.page.locator('.explain .notice').waitFor();
    expect(await window.look('explain')).toEqual([]);
    await window.page.getByLabel(/^Or its Message-ID/).fill('<nobody-has@this.test>');
    const asked = window.page.waitForRequest(/explain\?messageId=%3Cnobody-has%40this\.test%3E$/);
    await button('Find out').click();
    expect((await (await asked).response())?.status()).toBe(200);
  });

  it('P2 sends once the switch is on, and says what became of each message', async () => {
    await shows('To write from here, turn on Send from Sambandh');
    await window.page.getByRole('link', { name: person.address }).first().click();
    await heading(person.address).waitFor();
    await until('the inbox', async () => (await focused()) === person.address);
    const sending = window.page.getByRole('switch', { name: 'Send from Sambandh' });
    await sending.click();
    await button('Continue to Google').click();
    await button('Cancel').click();
    await shows('Sending stays off.');
    await sending.click();
    await button('Continue to Google').click();
    await button('Continue').click();
    await shows('Sending is turned on: maya@brightwater.example.');
    await window.page.reload();
    await window.page.goto(`${test.product.apiUrl}/?outcome=sending_on#/settings/email`);
    await shows('On: you can write and answer');
    expect(await window.page.getByText('Sending is turned on').count()).toBe(0);
    await at('/contacts/demo-tom');
    await writeToTom('Refused');
    await shows('Your mail provider refused it.');
    await writeToTom('Lost');
    await shows('We do not know whether this was sent.');
    expect(await window.look('not-sent')).toEqual([]);
  });

  it('says after a reload, too, which emails wait until when, failed, or may have gone', async () => {
    const limited = { error: { code: 429, message: 'slow', status: 'RESOURCE_EXHAUSTED' } };
    await test.emulator.armFault({
      method: 'gmail.users.messages.send',
      effect: {
        ...{ kind: 'status', status: 429, headers: { 'Retry-After': '60' } },
        body: limited,
      },
    });
    await fillEmail('Limited');
    await button('Send').click();
    await shows('It is tried again on');
    await at('/settings/email');
    await window.page.reload();
    await shows('Emails that wait or went wrong');
    await shows('It is tried again on');
    await shows('Your mail provider refused it.');
    await shows('We do not know whether this was sent.');
    expect(await window.look('unsent')).toEqual([]);
    await button('Cancel this email').click();
    // The line has gone with its button; whoever pressed it is told what became of the email.
    await shows('Cancelled: that email is not sent.');
    const focused = window.page.locator('p:focus');
    expect(await focused.textContent()).toContain('Cancelled');
    await until('its button is gone', async () => {
      return (await button('Cancel this email').count()) === 0;
    });
    await at('/contacts/demo-tom');
  });

  it('a message whose acceptance is not known is handed over again under its one key', async () => {
    await test.emulator.clearFaults();
    await fillEmail('Twice handed over');
    const messages = '**/api/v1/inboxes/*/messages';
    await window.page.route(messages, async (route) => {
      await route.fetch();
      await route.abort();
    });
    await button('Send').click();
    await shows('It may have arrived all the same.');
    expect(await window.page.getByLabel('Subject').isDisabled()).toBe(true);
    expect(await window.look('may-have-arrived')).toEqual([]);
    await window.page.unroute(messages);
    await button('Send again').click();
    await shows('It comes onto the timelines of the contacts');
    const sent = await test.emulator.listMessages({ address: person.address, label: 'SENT' });
    expect(sent.filter(({ subject }) => subject === 'Twice handed over')).toHaveLength(1);
  });

  it('keeps what is being written when its page is left, and when the session ends', async () => {
    await button('Write an email').click();
    await window.page.getByLabel('Subject').fill('Half written');
    await window.page.getByRole('link', { name: 'Email', exact: true }).click();
    await heading('Email').waitFor();
    await at('/contacts/demo-tom');
    const subject = window.page.getByLabel('Subject');
    expect(await subject.inputValue()).toBe('Half written');
    await window.page.getByLabel('Message', { exact: true }).fill('Hello Tom');
    await window.page.context().clearCookies({ name: /session/ });
    await button('Send').click();
    await shows('Your session has ended.');
    expect(await window.look('session-ended')).toEqual([]);
    await window.signIn(test.product.apiUrl, await test.product.tokenFor(person.identity));
    await button('I am signed in again').click();
    await window.page.getByText('Your session has ended.').waitFor({ state: 'detached' });
    expect(await subject.inputValue()).toBe('Half written');
    await button('Discard').click();
    await button('Write an email').click();
    expect(await subject.inputValue()).toBe('');
    await button('Discard').click();
  });

  it('keeps an answer when its email is closed over it, and marks the email', async () => {
    const line = window.page.getByRole('button', { name: /While you are looking/ });
    await line.click();
    await button('Reply').click();
    await window.page.getByLabel('Message', { exact: true }).fill('Hello again');
    await line.click();
    expect(await line.innerText()).toContain('Draft');
    await line.click();
    expect(await window.page.getByLabel('Message', { exact: true }).inputValue()).toBe(
      'Hello again',
    );
    await button('Discard').click();
    await line.click();
    expect(await line.innerText()).not.toContain('Draft');
  });

  it('P1 keeps every email of an open timeline when newer ones come', async () => {
    await person.putContacts({ prolific: ['prolific@customer.example'] });
    for (let n = 1; n <= 52; n++) {
      const internalDate = Date.now() - (60 - n) * 60_000;
      await person.add({ from: 'prolific@customer.example', subject: `No. ${n}.`, internalDate });
    }
    await until('all of them', async () => (await person.subjects('prolific')).length === 52);
    await at('/contacts/prolific');
    const line = (n: number) =>
      window.page.getByRole('button', { name: new RegExp(`No\\. ${n}\\.`) });
    await line(52).waitFor();
    expect(await line(2).count()).toBe(0);
    await button('Show older email').click();
    await line(2).waitFor();
    await until('focus', () => line(2).evaluate((one) => one.matches(':focus')));
    for (const n of [53, 54, 55]) {
      await person.add({ from: 'prolific@customer.example', subject: `No. ${n}.` });
    }
    await line(55).waitFor();
    expect(await window.page.locator('.timeline > li').count()).toBe(55);
    await at('/contacts/%E0%A4%A');
    await heading('There is no such page').waitFor();
  });

  it('P2 turns sending off, and says how to drop it from the grant', async () => {
    await at('/settings/email');
    await window.page.getByRole('switch', { name: 'Send from Sambandh' }).click();
    await heading('Turn off Send from Sambandh?').waitFor();
    expect(await window.look('sending-turn-off')).toEqual([]);
    await button('Turn off').click();
    await shows('Sending is off.');
    await shows('remove Sambandh at Google. Sync stops then, the inbox says so and has a button');
    expect(await focusedIn('switch')).toBe(true);
    expect(await window.look('sending-turned-off')).toEqual([]);
  });

  it('P9 disconnects, and says what that means and where to revoke', async () => {
    await at('/settings/email');
    await gmailButton('Disconnect …').click();
    await heading('Disconnect maya@brightwater.example?').waitFor();
    expect(await window.look('disconnect')).toEqual([]);
    await window.page.keyboard.press('Escape');
    await heading('Disconnect maya@brightwater.example?').waitFor({ state: 'detached' });
    expect(await gmailButton('Disconnect …').evaluate((one) => one.matches(':focus'))).toBe(true);
    await gmailButton('Disconnect …').click();
    await window.page.getByRole('checkbox', { name: /Also take back the permission/ }).check();
    await test.emulator.armFault({
      method: 'oauth.revoke',
      effect: { kind: 'preset', preset: 'unavailable503' },
    });
    await button('Disconnect').click();
    await shows('The provider did not confirm that the grant is ended.');
    await test.emulator.clearFaults();
    const card = window.page.getByRole('region', { name: person.address });
    await card.getByRole('status').filter({ hasText: 'Disconnected: ' }).waitFor();
    expect(await focused()).toBe(person.address);
    const gone = window.page.getByText('Our copy of the access is gone.');
    await gone.getByRole('link', { name: 'Google’s list of connected apps' }).waitFor();
    expect(await window.look('disconnected')).toEqual([]);
  });

  it('B9 reconnects, and says what was caught up', async () => {
    await test.stopWorker();
    await gmailButton('Reconnect').click();
    await consent();
    await shows('Your inbox is connected again: maya@brightwater.example.');
    await shows(/^Catching up /);
    await shows('Sync goes on, and what came in meanwhile');
    expect(await window.page.getByText('Up to date as of').count()).toBe(0);
    expect(await window.look('gap-open')).toEqual([]);
    await test.startWorker();
    await window.page.getByText(/^Interruptions that were caught up/).click();
    await shows('Because the inbox was disconnected.');
    const promise = window.page.getByText('Sync goes on, and what came in meanwhile');
    await promise.waitFor({ state: 'detached' });
    expect(await window.look('reconnected')).toEqual([]);
  });

  it('says that the inbox needs its user when the grant has ended', async () => {
    // Beside it the other provider's, as a refused token is noted: test/e2e/outlook.test.ts has that.
    await test.sql(
      "update inboxes set status = 'needs_reconnect', reconnect_reason = 'revoked' where provider = 'outlook'",
    );
    await window.page.reload();
    await test.emulator.revokeGrant({ address: person.address });
    await person.add({ from: 'tom.okoro@harbourkitchen.example', subject: 'x', text: 'x' });
    await window.page
      .getByRole('region', { name: person.address })
      .getByText('Needs you')
      .waitFor();
    expect(await window.look('needs-reconnect')).toEqual([]);
    await gmailButton('Reconnect').click();
    await consent();
    await shows('Your inbox is connected again: maya@brightwater.example.');
  });

  it('says when changes do not come in by themselves', async () => {
    await window.page.route('**/api/v1/events', (route) => route.abort());
    await window.page.reload();
    await shows('Changes do not come in by themselves at the moment.');
    expect(await window.look('offline')).toEqual([]);
    await window.page.unroute('**/api/v1/events');
    await window.page.reload();
  });

  it('P10 deletes the email history after a typed word, and keeps a receipt', async () => {
    await test.stopWorker();
    await window.page.getByRole('link', { name: 'Privacy', exact: true }).click();
    await gmailButton('Delete email history …').focus();
    await window.page.keyboard.press('Enter');
    expect(await button('Delete for good').isDisabled()).toBe(true);
    await window.page.getByLabel(/^Type delete/).fill('delete');
    expect(await window.look('delete')).toEqual([]);
    await window.page.keyboard.press('Enter');
    await shows('The email history is being deleted.');
    const card = window.page.getByRole('region').filter({ hasText: 'is being deleted' });
    await card.getByRole('button').waitFor({ state: 'detached' });
    expect(await focusedIn('h2')).toBe(true);
    expect(await window.look('deletion-running')).toEqual([]);
    await test.startWorker();
    await shows('The email history is deleted.');
    expect(await focusedIn('h2')).toBe(true);
    expect(await window.look('deleted')).toEqual([]);
  });

  it('P10 says when the key of an inbox is missing, and deletes that history too', async () => {
    const [key] = await test.sql<{ id: string }>(
      `select key_id as id from inbox_keys join inboxes i on i.id = inbox_id
       where provider = 'outlook'`,
    );
    await rm(join(test.product.env.INBOX_KEYS_DIR ?? '', `${key?.id}.key`));
    await window.page.reload();
    const card = window.page.getByRole('region', { name: 'Outlook inbox' });
    await card.getByText('The key of this inbox is missing').waitFor();
    expect(await window.look('key-missing')).toEqual([]);
    await card.getByRole('button', { name: 'Delete email history …' }).click();
    await window.page.getByLabel(/^Type delete/).fill('delete');
    await button('Delete for good').click();
    await card.getByText('The email history is deleted.').waitFor();
    // Its name is gone with the history.
    await card
      .getByText(/it begins anew, and what is synced stays .* in the folder you chose/)
      .waitFor();
    await card.getByRole('button').waitFor({ state: 'detached' });
  });

  it('P10 B8 deletes everything, webhooks too, and keeps the receipt over a reload', async () => {
    await button('Delete everything …').click();
    await shows('The event endpoints (webhooks) that you registered');
    await window.page.getByLabel(/^Type delete everything/).fill('delete everything');
    await button('Delete for good').click();
    await shows('Everything of yours was deleted.');
    await window.page.reload();
    await shows('Everything of yours was deleted.');
    await shows(/: 2 inboxes, \d+ emails and/);
  });

  it('shows operators the states of inboxes, and nobody else', async () => {
    await at('/operations');
    await shows('This address is for operators');
    await window.signIn(test.product.apiUrl, await operatorToken());
    await window.page.reload();
    await heading('Inboxes by state').waitFor();
    await button(/^connected \(0\)$/).waitFor();
    await button(/^disconnected \(2\)$/).click();
    await window.page.getByRole('cell', { name: 'brightwater', exact: true }).first().waitFor();
    expect(await window.look('operations')).toEqual([]);
  });

  it('B11 lets operators see why a backfill failed, and replay all after a look', async () => {
    const fay = await test.person('fay', 'brightwater');
    await fay.putContacts({ fred: ['fred@contact.example'] });
    // Too old for the second look, which would try it again.
    const { id } = await fay.add({
      from: 'fred@contact.example',
      subject: 'refused once',
      internalDate: Date.now() - 20 * 86_400_000,
    });
    await test.emulator.armFault({
      mailbox: fay.address,
      method: 'gmail.users.messages.get',
      messageId: id,
      effect: { kind: 'status', status: 400, body: { error: { code: 400, message: 'Invalid' } } },
    });
    await fay.add({ to: 'fred@contact.example', as: 'sent', subject: 'Sent by Fay' });
    const fays = await fay.connectAndBackfill();
    await window.signIn(test.product.apiUrl, await test.product.tokenFor(fay.identity));
    await at('/settings/email');
    await window.page.reload();
    await button('Try again what could not be added').waitFor();
    await shows('The first import is done: it added 1 email; 1 could not be added.');
    expect(await window.look('backfill-failed')).toEqual([]);
    await window.signIn(test.product.apiUrl, await operatorToken());
    await at('/operations');
    await window.page.reload();
    await test.emulator.clearFaults();
    await button(/^connected \(1\)$/).waitFor();
    await button(/^initial /).click();
    await shows(/1 failed \+ 0 missing\. It is not whole\./);
    expect(await window.look('operations-failed')).toEqual([]);
    await button('What would replaying all do?').click();
    await shows('1 backfill would be replayed.');
    await button('Replay 1 backfill').click();
    await shows('There are none: every backfill went through everything, or was replayed.');
    await fay.untilOnTimeline('fred', 'refused once');
    const { threadId } = await fay.untilOnTimeline('fred', 'Sent by Fay');
    await fay.api.put(`/api/v1/threads/${fays}/${threadId}/share`, undefined);
  });

  it('B6 shows what a colleague shares as theirs', async () => {
    await at('/contacts/fred');
    const line = window.page.getByRole('button', { name: /Sent by Fay/ });
    await line.waitFor();
    expect(await line.innerText()).toContain('Shared by brightwater/fay');
    expect(await line.innerText()).not.toContain('You');
    expect(await window.look('shared')).toEqual([]);
  });

  it('signs out, and nothing was wrong in the browser all along', async () => {
    await button('Sign out').click();
    await heading('You are not signed in').waitFor();
    expect(window.complaints).toEqual([]);
  });

  const focusedIn = (selector: 'h2' | 'switch'): Promise<boolean> =>
    window.page.evaluate<boolean>(
      `document.activeElement.matches('${selector === 'h2' ? selector : '[role=switch]'}')`,
    );

  /** As scope: this label, or everything. */
  async function choose(label: string | null): Promise<void> {
    await button('Change').click();
    const kind = label === null ? /Everything/ : /One label/;
    await window.page.getByRole('radio', { name: kind }).check();
    if (label !== null) await window.page.getByLabel('Which label?').selectOption(label);
    await button('Save').click();
  }

  /** Notes what the progress shows, at each change, from now on. */
  const watchProgress = (): Promise<void> =>
    window.page.evaluate(`{
      window.watched = { shares: [], times: [] };
      const note = () => {
        const bar = document.querySelector('progress');
        if (bar && bar.position >= 0) window.watched.shares.push(bar.position);
        const time = /Time left: (.*?)\\./.exec(document.body.textContent);
        if (time) window.watched.times.push(time[1]);
      };
      const options = { subtree: true, childList: true, characterData: true, attributes: true };
      new MutationObserver(note).observe(document.body, options);
    }`);
  const watchedProgress = () =>
    window.page.evaluate<{ shares: number[]; times: string[] }>('window.watched');

  async function fillEmail(subject: string): Promise<void> {
    await button('Write an email').click();
    await window.page.getByLabel('Subject').fill(subject);
    await window.page.getByLabel('Message', { exact: true }).fill('Hello Tom');
  }

  /** Refused by the provider, or lost on the way to it, as the subject says. */
  async function writeToTom(subject: 'Refused' | 'Lost'): Promise<void> {
    const body = { error: { code: 400, message: 'no', status: 'INVALID_ARGUMENT' } };
    await test.emulator.armFault({
      ...{ method: 'gmail.users.messages.send', times: 1 },
      effect: subject === 'Lost' ? { kind: 'reset' } : { kind: 'status', status: 400, body },
    });
    await fillEmail(subject);
    await button('Send').click();
  }

  const inboxId = async (): Promise<string> => {
    const { inboxes } = await person.api.get<{ inboxes: { id: string }[] }>('/api/v1/inboxes');
    return inboxes[0]?.id ?? '';
  };

  const operatorToken = (): Promise<string> =>
    new SignJWT({ org: 'brightwater', roles: ['ops'] })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('otto')
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(test.product.env.JWT_SECRET));
});
