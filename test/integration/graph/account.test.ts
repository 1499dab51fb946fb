import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Emulator } from '../../../emulator/index.ts';
import { startWebhook } from '../../emulator/graph-support.ts';
import { accountOf, startMicrosoft } from './support.ts';

describe('an Outlook account', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startMicrosoft();
  });
  afterAll(() => emulator.close());

  it('knows its address and its aliases', async () => {
    const address = 'lena@alias.example';
    const aliases = ['sales@alias.example', 'info@alias.example'];
    await emulator.createOutlookAccount({
      address,
      aliases,
      userPrincipalName: 'l1@alias.example',
    });
    const account = await accountOf(emulator, { address });
    expect(await account.address()).toBe(address);
    expect((await account.ownAddresses()).sort()).toEqual(
      [address, 'l1@alias.example', ...aliases].sort(),
    );
  });

  it('a personal account has its aliases elsewhere', async () => {
    const address = 'per@outlook.example';
    const aliases = ['per.old@outlook.example'];
    await emulator.createOutlookAccount({ address, kind: 'personal', aliases });
    const account = await accountOf(emulator, { address });
    expect((await account.ownAddresses()).sort()).toEqual([...aliases, address].sort());
  });

  it('P8 offers folders by path in the mailbox’s language, and none that is never stored', async () => {
    const address = 'uwe@sprache.example';
    await emulator.createOutlookAccount({ address, locale: 'de', folders: ['Kunden/Acme', 'Alt'] });
    await emulator.createFolder({ address, path: 'Geheim', isHidden: true });
    await emulator.createFolder({ address, path: 'Geheim/Unten' });
    await emulator.createFolder({
      address,
      path: 'Ungelesen',
      search: { filterQuery: 'isRead eq false', sources: ['inbox'] },
    });
    const account = await accountOf(emulator, { address });
    const choices = await account.listScopeChoices();
    expect(choices.map(({ name, system }) => `${name}${system ? ' *' : ''}`)).toEqual([
      'Alt',
      'Kunden',
      'Kunden / Acme',
      'Posteingang *',
      'Gesendete Elemente *',
      'Archiv *',
    ]);
    const known = await emulator.listFolders({ address });
    const acme = known.find(({ path }) => path.endsWith('Acme'));
    expect(choices.find(({ name }) => name === 'Kunden / Acme')?.id).toBe(acme?.id);
  });

  it('a mailbox without archive and clutter has no such choice', async () => {
    const address = 'ole@missing.example';
    const missingFolders = ['archive', 'clutter'];
    await emulator.createOutlookAccount({ address, missingFolders });
    const choices = await (await accountOf(emulator, { address })).listScopeChoices();
    expect(choices.map(({ name }) => name)).toEqual(['Inbox', 'Sent Items']);
  });

  it('counts a batch as the requests it carries, and as four at once', async () => {
    const account = await accountOf(emulator);
    await account.listScopeChoices();
    const batch = account.calls.find(({ method }) => method === 'batch');
    expect(batch).toMatchObject({ units: 13, atOnce: 4 });
  });

  it('an unanswered part is no folder of the user’s own', async () => {
    const account = await accountOf(emulator);
    const effect = { kind: 'preset', preset: 'concurrent429' } as const;
    await emulator.armFault({ method: 'graph.mailFolders.get', effect, times: 1 });
    await expect(account.listScopeChoices()).rejects.toMatchObject({ name: 'ProviderUnavailable' });
    await emulator.clearFaults();
  });
});

const DAY_MS = 86_400_000;

describe('change notifications', () => {
  let emulator: Emulator;
  let webhook: Awaited<ReturnType<typeof startWebhook>>;
  beforeAll(async () => {
    emulator = await startMicrosoft();
    webhook = await startWebhook();
  });
  afterAll(async () => {
    await webhook[Symbol.asyncDispose]();
    await emulator.close();
  });
  beforeEach(async () => {
    const account = await accountOf(emulator);
    for (const { id } of await emulator.graphSubscriptions()) await account.unwatch(id);
  });

  const watching = (push = { inboxId: 'inbox-1', secret: 'secret-1' }) =>
    accountOf(emulator, { pushUrl: `${webhook.url}/webhooks/outlook`, push });

  it('begins for the whole mailbox at both addresses, renews, and ends', async () => {
    const account = await watching();
    const watch = await account.watch(null);
    expect(watch?.expiresAt).toBeGreaterThan(Date.now() + 6.9 * DAY_MS);
    const [subscription] = await emulator.graphSubscriptions();
    expect(subscription).toMatchObject({
      id: watch?.id,
      resource: 'me/messages',
      clientState: 'secret-1',
      immutableIds: true,
      notificationUrl: `${webhook.url}/webhooks/outlook?inbox=inbox-1`,
      lifecycleNotificationUrl: `${webhook.url}/webhooks/outlook/lifecycle?inbox=inbox-1`,
    });
    const renewed = await account.watch(watch?.id ?? null);
    expect(renewed).toMatchObject({ id: watch?.id });
    await account.unwatch(watch?.id ?? null);
    expect(await emulator.graphSubscriptions()).toEqual([]);
    await account.unwatch(watch?.id ?? null);
  });

  it('a subscription that is gone is made again', async () => {
    const account = await watching();
    const watch = await account.watch('00000000-0000-4000-8000-000000000000');
    expect((await emulator.graphSubscriptions()).map(({ id }) => id)).toEqual([watch?.id]);
  });

  it('one of an earlier epoch gives way', async () => {
    const before = await (await watching()).watch(null);
    const after = await (await watching({ inboxId: 'inbox-1', secret: 'secret-2' })).watch(null);
    expect(after?.id).not.toBe(before?.id);
    expect((await emulator.graphSubscriptions()).map(({ clientState }) => clientState)).toEqual([
      'secret-2',
    ]);
  });

  it('one of another inbox of the same mailbox is left alone', async () => {
    await (await watching()).watch(null);
    const other = await watching({ inboxId: 'inbox-2', secret: 's' });
    await expect(other.watch(null)).rejects.toMatchObject({ name: 'RequestRefused' });
    expect((await emulator.graphSubscriptions()).map(({ clientState }) => clientState)).toEqual([
      'secret-1',
    ]);
  });

  it('takes the shorter life where the longest is refused', async () => {
    await emulator.setNotifications({ maxLifeMinutes: 4_230 });
    const watch = await (await watching()).watch(null);
    expect(watch?.expiresAt).toBeLessThan(Date.now() + 3 * DAY_MS);
    await emulator.setNotifications({ maxLifeMinutes: 10_080 });
  });

  it('an address that does not answer is refused, and there is none without an address', async () => {
    const push = { inboxId: 'i', secret: 's' };
    const deaf = await accountOf(emulator, { pushUrl: 'http://127.0.0.1:9/x', push });
    await expect(deaf.watch(null)).rejects.toMatchObject({ name: 'RequestRefused' });
    expect(await (await accountOf(emulator, { push })).watch(null)).toBeNull();
    expect(await (await accountOf(emulator)).watch(null)).toBeNull();
  });

  it('a mailbox at its limit is refused and polled', async () => {
    await emulator.setNotifications({ maxPerMailbox: 0 });
    await expect((await watching()).watch(null)).rejects.toMatchObject({ name: 'RequestRefused' });
    await emulator.setNotifications({ maxPerMailbox: 1_000 });
  });
});
