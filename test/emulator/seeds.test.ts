import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import { connect } from './support.ts';

const anyOf = (addresses: readonly string[]) =>
  `{${addresses.flatMap((one) => ['from', 'to', 'cc', 'bcc'].map((op) => `${op}:${one}`)).join(' ')}}`;

describe('the demo mailbox', () => {
  test('has mail with every contact, and mail that is nobody’s business', async () => {
    await using emulator = await startEmulator();
    const { address, contacts, messages, labels } = await emulator.seedDemo();
    expect(messages).toBeGreaterThanOrEqual(120);
    expect(contacts).toHaveLength(12);
    expect(labels).toContain('Clients/Acme');
    const { api } = await connect(emulator, { address });
    for (const contact of contacts) {
      const { data } = await api.users.messages.list({ userId: 'me', q: anyOf(contact.addresses) });
      expect(data.messages?.length, contact.name).toBeGreaterThan(3);
    }
    const all = await emulator.listMessages({ address });
    expect(all.every((message) => message.internalDate <= Date.now())).toBe(true);
  });

  test('reads right in every charset', async () => {
    await using emulator = await startEmulator();
    const { address } = await emulator.seedDemo();
    const { api } = await connect(emulator, { address });
    const snippetOf = async (q: string) => {
      const { data } = await api.users.messages.list({ userId: 'me', q });
      const id = data.messages?.at(-1)?.id ?? '';
      return (await api.users.messages.get({ userId: 'me', id, format: 'minimal' })).data.snippet;
    };
    expect(await snippetOf('from:tanaka@shirokuma.example')).toContain('白熊商事の田中');
    expect(await snippetOf('from:o.smirnova@nevalabs.example')).toContain('Здравствуйте');
    expect(await snippetOf('from:jurgen')).toContain('Grüß Gott');
  });

  test('hands out the declared charset’s own bytes when told to', async () => {
    await using emulator = await startEmulator();
    const { address } = await emulator.seedDemo();
    await emulator.setAccountSettings({ address, bodyCharset: 'original' });
    const { api } = await connect(emulator, { address });
    const { data } = await api.users.messages.list({ userId: 'me', q: 'from:jurgen' });
    const id = data.messages?.at(-1)?.id ?? '';
    const message = await api.users.messages.get({ userId: 'me', id });
    const bytes = Buffer.from(message.data.payload?.body?.data ?? '', 'base64url');
    expect(new TextDecoder('iso-8859-1').decode(bytes)).toContain('Grüß Gott');
  });
});

describe('the bulk mailbox', () => {
  const options = { address: 'bench@brightwater.example', messages: 1_200, contacts: 40 };

  test('is the same every time, and its matching set is what search finds', async () => {
    await using emulator = await startEmulator({ quota: { unitsPerUserMinute: 1_000_000 } });
    const { contacts, matchingIds } = await emulator.seedBulk({ ...options, matching: 150 });
    expect(matchingIds).toHaveLength(150);
    const { api } = await connect(emulator, { address: options.address });
    const found = new Set<string>();
    for (let i = 0; i < contacts.length; i += 10) {
      const q = anyOf(contacts.slice(i, i + 10).flatMap((contact) => contact.addresses));
      const { data } = await api.users.messages.list({ userId: 'me', q, maxResults: 500 });
      for (const message of data.messages ?? []) found.add(message.id ?? '');
    }
    expect([...found].sort()).toEqual([...matchingIds].sort());
  });
});
