import { describe, expect, test } from 'vitest';
import { startEmulator } from '../../emulator/index.ts';
import { connectGraph, drain, IMMUTABLE } from './graph-support.ts';

describe('the Outlook twin of the demo mailbox', () => {
  test('has the same people, in folders, and oddities of its own', async () => {
    await using emulator = await startEmulator();
    const gmail = await emulator.seedDemo();
    const { address, contacts, messages, labels } = await emulator.seedDemo({
      provider: 'microsoft',
    });
    expect(contacts).toEqual(gmail.contacts);
    expect(messages).toBeGreaterThanOrEqual(gmail.messages);
    expect(labels).toContain('Clients/Acme');
    const client = await connectGraph(emulator, { address });
    for (const contact of contacts) {
      const kql = contact.addresses.map((one) => `participants:${one}`).join(' OR ');
      const query = `$search=${encodeURIComponent(`"${kql}"`)}&$select=id&$top=100`;
      expect((await client.get(`/me/messages?${query}`)).rows.length).toBeGreaterThan(3);
    }
    const all = await drain(client, '/me/messages?$top=100');
    expect(all.rows).toHaveLength(messages);
    expect(all.rows.some((row) => !('from' in row))).toBe(true);
    const types = new Set(all.rows.map((row) => row['@odata.type']));
    expect(types).toContain('#microsoft.graph.eventMessageRequest');
    const acme = (await emulator.listFolders({ address })).find(
      ({ path }) => path === 'Clients/Acme',
    );
    expect(acme?.messages).toBeGreaterThan(1);
    const delta = await drain(client, '/me/mailFolders/sentitems/messages/delta');
    expect(delta.rows.length).toBeGreaterThan(5);
  });
});

describe('the bulk mailbox in Outlook', () => {
  test('is found by participants exactly', async () => {
    await using emulator = await startEmulator();
    const address = 'bench@nordic.example';
    const { contacts, matchingIds } = await emulator.seedBulk({
      address,
      provider: 'microsoft',
      messages: 1_200,
      contacts: 40,
      matching: 150,
    });
    const client = await connectGraph(emulator, { address });
    const found = new Set<string>();
    for (let i = 0; i < contacts.length; i += 15) {
      const kql = contacts
        .slice(i, i + 15)
        .map((contact) => `participants:${contact.addresses[0]}`)
        .join(' OR ');
      const query = `$search=${encodeURIComponent(`"${kql}"`)}&$top=1000&$select=id`;
      const { rows } = await client.get(`/me/messages?${query}`, IMMUTABLE);
      for (const row of rows) found.add(String(row.id));
    }
    expect([...found].sort()).toEqual([...matchingIds].sort());
  });
});
