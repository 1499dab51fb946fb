import { describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/index.ts';
import { account, connectGraph, drain, type GraphClient, OUTLOOK } from './graph-support.ts';

const start = () => startEmulator({ outlookAccounts: [account()] });

const search = (client: GraphClient, kql: string, more = '') =>
  client.get(`/me/messages?$search=${encodeURIComponent(`"${kql}"`)}&$top=1000${more}`);

const subjects = async (client: GraphClient, kql: string) =>
  (await search(client, kql)).rows.map((row) => row.subject).sort();

const fill = async (emulator: Emulator) => {
  const mails = [
    { from: 'Ann Bee <ann@x.example>', subject: 'from ann' },
    { from: 'tom@y.example', cc: 'Ann <ANN@x.example>', subject: 'cc ann' },
    { as: 'sent' as const, to: 'ann@x.example', subject: 'to ann' },
    { as: 'sent' as const, bcc: 'ann@x.example', to: 'q@q.example', subject: 'bcc ann' },
    { from: 'mary.ann@x.example.com', subject: 'near ann' },
    { from: 'tom@y.example', subject: 'no contact', text: 'as ann@x.example said' },
  ];
  for (const mail of mails) await emulator.addMessage({ address: OUTLOOK, ...mail });
};

describe('$search', () => {
  test('participants matches whole words side by side, with a prefix at the end', async () => {
    await using emulator = await start();
    await fill(emulator);
    const client = await connectGraph(emulator);
    expect(await subjects(client, 'participants:ann@x.example')).toEqual([
      'bcc ann',
      'cc ann',
      'from ann',
      'near ann',
      'to ann',
    ]);
    expect(await subjects(client, 'from:ann@x.example')).toEqual(['from ann', 'near ann']);
    expect(await subjects(client, 'recipients:ann@x.example')).toHaveLength(3);
    expect(await subjects(client, 'participants:n@x.example')).toEqual([]);
    expect(await subjects(client, 'participants:\\"Ann Bee\\"')).toEqual(['from ann']);
    expect(await subjects(client, 'body:said')).toEqual(['no contact']);
    expect(await subjects(client, 'said')).toEqual(['no contact']);
  });

  test('operators, brackets and dates', async () => {
    await using emulator = await start();
    await fill(emulator);
    const old = { from: 'ann@x.example', subject: 'old', internalDate: '2026-03-10T12:00:00Z' };
    await emulator.addMessage({ address: OUTLOOK, ...old });
    const client = await connectGraph(emulator);
    const ann = 'participants:ann@x.example';
    expect(await subjects(client, `${ann} AND received<2026-04-01`)).toEqual(['old']);
    expect(
      await subjects(client, `${ann} AND received>=2026-03-10 AND received<=2026-03-10`),
    ).toEqual(['old']);
    expect(await subjects(client, `${ann} AND received<2026-03-10`)).toEqual([]);
    expect(await subjects(client, `received:2026-03-01..2026-03-31`)).toEqual(['old']);
    expect(
      await subjects(client, '(from:tom@y.example OR from:ann@x.example) AND NOT subject:old'),
    ).toEqual(['cc ann', 'from ann', 'near ann', 'no contact']);
    expect(await subjects(client, 'from:tom@y.example from:mary.ann@x.example')).toHaveLength(3);
    expect(await subjects(client, 'participants:(mary.ann@x.example OR q@q.example)')).toEqual([
      'bcc ann',
      'near ann',
    ]);
  });

  test('stands alone, in quotes', async () => {
    await using emulator = await start();
    const client = await connectGraph(emulator);
    const code = async (more: string) => (await search(client, 'a', more)).code;
    expect(await code('&$orderby=receivedDateTime desc')).toBe('SearchWithOrderBy');
    expect(await code('&$filter=isDraft eq false')).toBe('SearchWithFilter');
    expect(await code('&$skip=10')).toBe('SearchWithSkip');
    const bare = await client.get('/me/messages?$search=from:ann@x.example');
    expect(bare).toMatchObject({ status: 400, code: 'BadRequest' });
    expect(bare.message).toMatch(/^Syntax error: character ':' is not valid at position 4/);
    expect((await search(client, '(from:a')).status).toBe(400);
  });

  test('finds no more than the cap, newest sent first, over pages and per folder', async () => {
    await using emulator = await start();
    await emulator.setGraphLimits({ searchResults: 7 });
    for (let i = 0; i < 10; i++) {
      const internalDate = Date.now() - i * 60_000;
      await emulator.addMessage({
        address: OUTLOOK,
        from: 'a@x.example',
        subject: `${i}`,
        internalDate,
        ...(i === 0 && { folder: 'Kept' }),
      });
    }
    const client = await connectGraph(emulator);
    const query = `$search=${encodeURIComponent('"from:a@x.example"')}&$select=subject&$top=3`;
    const { rows, pages } = await drain(client, `/me/messages?${query}`);
    expect(rows.map((row) => row.subject)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    expect(pages).toBe(3);
    const inbox = await drain(client, `/me/mailFolders/inbox/messages?${query}`);
    expect(inbox.rows[0]?.subject).toBe('1');
    const log = await emulator.accessLog({ method: 'graph.messages.search' });
    expect(log).toHaveLength(6);
    expect(log[0]).toMatchObject({ q: '"from:a@x.example"', format: 'metadata', status: 200 });
  });

  test('lags behind the mailbox when told to', async () => {
    await using emulator = await start();
    await emulator.setOutlookSettings({ address: OUTLOOK, searchLagMs: 60_000 });
    await emulator.addMessage({ address: OUTLOOK, from: 'a@x.example', subject: 'late' });
    const client = await connectGraph(emulator);
    expect(await subjects(client, 'from:a@x.example')).toEqual([]);
    expect((await client.get('/me/messages')).rows).toHaveLength(1);
    await emulator.advanceClock({ ms: 60_001 });
    expect(await subjects(client, 'from:a@x.example')).toEqual(['late']);
  });
});
