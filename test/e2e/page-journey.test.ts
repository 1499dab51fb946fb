import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWindow, type Window } from '../support/browser.ts';
import { startTestProduct, type TestProduct, until } from '../support/product.ts';

const TOM = 'tom.okoro@harbourkitchen.example';

/** The two sample inboxes, and what their providers' pages are clicked through with. */
interface Sample {
  provider: 'Gmail' | 'Outlook';
  company: string;
  address: string;
  /** The provider's page, from its account to coming back. */
  consent(): Promise<void>;
}

describe('the page alone', () => {
  let test: TestProduct;
  let window: Window;
  let samples: Sample[];

  beforeAll(async () => {
    test = await startTestProduct();
    const gmail = await test.emulator.seedDemo({ address: 'maya@brightwater.example' });
    const outlook = await test.emulator.seedDemo({ provider: 'microsoft' });
    window = await openWindow();
    const identity = { orgId: 'brightwater', userId: 'maya', email: gmail.address };
    const token = await test.product.tokenFor(identity);
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const contacts = gmail.contacts.map(({ id, name, addresses }) => ({ id, name, addresses }));
    const body = JSON.stringify({ contacts });
    await fetch(`${test.product.apiUrl}/api/v1/contacts/bulk`, { method: 'POST', headers, body });
    await window.signIn(test.product.apiUrl, token);
    samples = [
      {
        ...{ provider: 'Gmail', company: 'Google' },
        address: gmail.address,
        consent: () => button('Continue').click(),
      },
      {
        ...{ provider: 'Outlook', company: 'Microsoft' },
        address: outlook.address,
        consent: async () => {
          const account = window.page.getByRole('button', { name: new RegExp(outlook.address) });
          await account.or(button('Accept')).click();
          await button('Accept').or(heading('Email')).first().waitFor();
          if (await button('Accept').isVisible()) await button('Accept').click();
        },
      },
    ];
  });
  afterAll(async () => {
    await window[Symbol.asyncDispose]();
    await test[Symbol.asyncDispose]();
  });

  const button = (name: string) => window.page.getByRole('button', { name, exact: true });
  const heading = (name: string) => window.page.getByRole('heading', { name, exact: true });
  const link = (name: string) => window.page.getByRole('link', { name, exact: true });
  const card = (address: string) => window.page.getByRole('region', { name: address });

  /** The counterpart writes: the world outside, which no page of ours does. */
  const tomWrites = (address: string, subject: string) =>
    test.emulator.addMessage({ address, from: `Tom Okoro <${TOM}>`, to: address, subject });

  const openEmail = async (subject: string) => {
    const line = window.page.getByRole('button', { name: new RegExp(subject) }).first();
    await line.click();
    const id = await line.getAttribute('aria-controls');
    return window.page.locator(`[id="${id}"]`);
  };

  const reply = async (subject: string, text: string) => {
    const email = await openEmail(subject);
    await email.getByRole('button', { name: 'Reply', exact: true }).click();
    const form = email.getByRole('form', { name: 'Reply' });
    expect(await form.getByLabel('To', { exact: true }).inputValue()).toBe(TOM);
    await form.getByLabel('Message', { exact: true }).fill(text);
    return { email, form };
  };

  it('P1 P2 P5 P7 P8 P9 P10 connects both sample inboxes, watches the backfill, reads a timeline, sends a reply, disconnects and deletes', async () => {
    await window.page.goto(test.product.apiUrl);
    await link('Email').click();
    for (const { provider, address, consent } of samples) {
      await button(`Connect ${provider}`).click();
      await consent();
      await card(address)
        .getByText(/^The first import is done: it added \d+ emails/)
        .waitFor();
    }
    for (const { company, address, consent } of samples) {
      const sending = card(address).getByRole('switch', { name: 'Send from Sambandh' });
      expect(await sending.getAttribute('aria-checked')).toBe('false');
      await sending.click();
      await heading('Turn on Send from Sambandh?').waitFor();
      if (company === 'Google') expect(await window.look('sending-turn-on')).toEqual([]);
      await button(`Continue to ${company}`).click();
      await consent();
      await window.page.getByText(`Sending is turned on: ${address}.`).waitFor();
      await until(
        'the switch',
        async () => (await sending.getAttribute('aria-checked')) === 'true',
      );
    }
    expect(await window.look('sending-on')).toEqual([]);
    await link('Contacts').click();
    await window.page.getByRole('link', { name: /Tom Okoro/ }).click();
    await heading('Tom Okoro').waitFor();
    for (const { provider, address } of samples) {
      await tomWrites(address, `A question to ${provider}`);
      const { email, form } = await reply(`A question to ${provider}`, 'Yes, on Monday.');
      await form.getByLabel(/^Attachments/).setInputFiles({
        ...{ name: 'offer.txt', mimeType: 'text/plain', buffer: Buffer.from('Two filters') },
      });
      if (provider === 'Gmail') expect(await window.look('reply')).toEqual([]);
      await form.getByRole('button', { name: 'Send', exact: true }).click();
      await email.getByText('Sent.', { exact: true }).waitFor();
      const copy = window.page.getByRole('button', {
        // The same email may lie in both inboxes: the line says which one this is.
        name: new RegExp(`You.*Re: A question to ${provider}.* ${provider} `),
      });
      await copy.waitFor();
      expect(await copy.count()).toBe(1);
      const sent = await test.emulator.listMessages({ address, label: 'SENT' });
      expect(
        sent.filter(({ subject }) => subject === `Re: A question to ${provider}`),
      ).toHaveLength(1);
      await (await openEmail(`You.*Re: A question to ${provider}`))
        .getByText('Download offer.txt')
        .waitFor();
    }
    expect(await window.look('replied')).toEqual([]);
    await link('Email').click();
    for (const { address } of samples) {
      await card(address).getByRole('button', { name: 'Disconnect …' }).click();
      await button('Disconnect').click();
      await card(address).getByText('Disconnected', { exact: true }).waitFor();
    }
    await link('Privacy').click();
    for (const { address } of samples) {
      await card(address).getByRole('button', { name: 'Delete email history …' }).click();
      await window.page.getByLabel(/^Type delete/).fill('delete');
      await button('Delete for good').click();
      await window.page.getByText('The email history is deleted.').first().waitFor();
      await window.page.getByRole('dialog').waitFor({ state: 'detached' });
    }
    await until(
      'two receipts',
      async () => (await window.page.getByText('The email history is deleted.').count()) === 2,
    );
    await link('Contacts').click();
    await window.page.getByRole('link', { name: /Tom Okoro/ }).click();
    await window.page.getByText('No inbox is connected, so nothing comes in.').waitFor();
    await window.page.getByText('To write from here, connect the inbox').waitFor();
    expect(window.complaints).toEqual([]);
  }, 180_000);
});
