import { describe, expect, test, vi } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/index.ts';
import {
  account,
  connectGraph,
  IMMUTABLE,
  type Json,
  OUTLOOK,
  startWebhook,
} from './graph-support.ts';

const start = () =>
  startEmulator({
    outlookAccounts: [account()],
    notifications: { minBackoffMs: 10, maxAttempts: 3 },
  });

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();

const wanted = (url: string, more: Json = {}): Json => ({
  changeType: 'created,updated,deleted',
  notificationUrl: `${url}/notify`,
  lifecycleNotificationUrl: `${url}/lifecycle`,
  resource: 'me/messages',
  expirationDateTime: inMinutes(60),
  clientState: 'secret-1',
  ...more,
});

const subscribe = async (emulator: Emulator, url: string, more: Json = {}, address = OUTLOOK) => {
  const client = await connectGraph(emulator, { address });
  const made = await client.call('POST', '/subscriptions', wanted(url, more), IMMUTABLE);
  return { client, made, id: String(made.body.id) };
};

describe('subscriptions', () => {
  test('shake hands with both addresses, then exist', async () => {
    await using hook = await startWebhook();
    await using emulator = await start();
    const { client, made, id } = await subscribe(emulator, hook.url);
    expect(made).toMatchObject({ status: 201, body: { clientState: 'secret-1' } });
    expect(hook.handshakes.sort()).toEqual(['/lifecycle', '/notify']);
    expect((await client.get('/subscriptions')).rows).toHaveLength(1);
    expect((await client.get(`/subscriptions/${id}`)).body.resource).toBe('me/messages');
    const twin = await client.call('POST', '/subscriptions', wanted(hook.url));
    expect(twin.status).toBe(409);
    expect((await client.call('DELETE', `/subscriptions/${id}`)).status).toBe(204);
    expect((await client.get(`/subscriptions/${id}`)).code).toBe('ResourceNotFound');
  });

  test('are refused without a handshake, or for longer than seven days', async () => {
    await using hook = await startWebhook();
    await using emulator = await start();
    const code = async (more: Json) => (await subscribe(emulator, hook.url, more)).made;
    const dead = await code({ lifecycleNotificationUrl: `${emulator.url}/nothing` });
    expect(dead).toMatchObject({ status: 400, code: 'InvalidRequest' });
    expect(dead.message).toContain('Subscription validation request failed');
    const long = await code({ expirationDateTime: inMinutes(10_200) });
    expect(long.message).toContain('10080 minutes');
    expect((await code({ notificationUrl: 'http://example.org/x' })).status).toBe(400);
    expect((await code({ clientState: 'x'.repeat(129) })).status).toBe(400);
    expect((await code({ resource: 'me/events' })).status).toBe(400);
    expect((await code({ resource: 'users/other@x.example/messages' })).status).toBe(403);
    const short = await code({ expirationDateTime: inMinutes(1) });
    const left = Date.parse(String(short.body.expirationDateTime)) - Date.now();
    expect(left).toBeGreaterThan(44 * 60_000);
  });

  test('are renewed by PATCH and gone once expired', async () => {
    await using hook = await startWebhook();
    await using emulator = await start();
    const { client, id } = await subscribe(emulator, hook.url);
    const renew = { expirationDateTime: inMinutes(120) };
    const path = `/subscriptions/${id}`;
    expect((await client.call('PATCH', path, renew)).body).toMatchObject(renew);
    expect((await client.call('POST', `${path}/reauthorize`)).status).toBe(202);
    await emulator.advanceClock({ ms: 121 * 60_000 });
    const later = await connectGraph(emulator);
    expect((await later.call('PATCH', path, renew)).status).toBe(404);
    await emulator.addMessage({ address: OUTLOOK });
    expect(await emulator.notificationDeliveries()).toEqual([]);
  });
});

describe('notifications', () => {
  test('tell of new, changed, moved and deleted messages by immutable id', async () => {
    await using hook = await startWebhook();
    await using emulator = await start();
    const { id: subscriptionId } = await subscribe(emulator, hook.url);
    const { id } = await emulator.addMessage({ address: OUTLOOK });
    await vi.waitFor(() => expect(hook.items()).toHaveLength(1));
    const [{ oid, tenantId } = { oid: '', tenantId: '' }] = await emulator.listOutlookAccounts();
    expect(hook.items()[0]).toMatchObject({
      subscriptionId,
      changeType: 'created',
      clientState: 'secret-1',
      tenantId,
      resource: `Users/${oid}/Messages/${id}`,
      resourceData: { '@odata.type': '#Microsoft.Graph.Message', id },
    });
    await emulator.markRead({ address: OUTLOOK, id, read: true });
    await emulator.moveMessage({ address: OUTLOOK, id, folder: 'archive' });
    await emulator.deleteMessage({ address: OUTLOOK, id });
    await vi.waitFor(() => expect(hook.items()).toHaveLength(4));
    const types = hook.items().map((item) => item.changeType);
    expect(types).toEqual(['created', 'updated', 'updated', 'deleted']);
    expect(hook.posted.length).toBeLessThan(4);
  });

  test('of a personal mailbox name no tenant', async () => {
    await using hook = await startWebhook();
    await using emulator = await start();
    const address = 'home@outlook.example';
    await emulator.createOutlookAccount({ address, kind: 'personal' });
    await subscribe(emulator, hook.url, {}, address);
    await emulator.addMessage({ address });
    await vi.waitFor(() => expect(hook.items()).toMatchObject([{ tenantId: '' }]));
  });

  test('of one folder say created and deleted for a move', async () => {
    await using hook = await startWebhook();
    await using emulator = await start();
    await subscribe(emulator, hook.url, { resource: "me/mailFolders('inbox')/messages" });
    const { id } = await emulator.addMessage({ address: OUTLOOK });
    await emulator.addMessage({ address: OUTLOOK, as: 'sent', to: 'a@x.example' });
    await emulator.moveMessage({ address: OUTLOOK, id, folder: 'archive' });
    await vi.waitFor(() => expect(hook.items()).toHaveLength(2));
    expect(hook.items().map((item) => item.changeType)).toEqual(['created', 'deleted']);
  });

  test('are repeated until accepted, and told of as missed when given up', async () => {
    await using hook = await startWebhook(500, 503, 202, 500, 500, 500);
    await using emulator = await start();
    await subscribe(emulator, hook.url);
    await emulator.addMessage({ address: OUTLOOK });
    await vi.waitFor(async () => {
      const [delivery] = await emulator.notificationDeliveries();
      expect(delivery).toMatchObject({ status: 'acknowledged', attempts: 3 });
    });
    await emulator.addMessage({ address: OUTLOOK });
    const missed = () => hook.posted.filter(({ path }) => path === '/lifecycle');
    await vi.waitFor(() => expect(missed()).toHaveLength(1));
    expect(missed()[0]?.body.value).toMatchObject([
      { lifecycleEvent: 'missed', clientState: 'secret-1' },
    ]);
    expect(missed()[0]?.body).not.toHaveProperty('value.0.changeType');
  });

  test('can come twice, or be lost', async () => {
    await using hook = await startWebhook();
    await using emulator = await start();
    await subscribe(emulator, hook.url);
    await emulator.setNotifications({ duplicate: 1 });
    await emulator.addMessage({ address: OUTLOOK });
    await vi.waitFor(() => expect(hook.items()).toHaveLength(2));
    await emulator.setNotifications({ drop: 1 });
    await emulator.addMessage({ address: OUTLOOK });
    expect(await emulator.notificationDeliveries()).toHaveLength(1);
  });

  test('lifecycle events go to their own address; a removal removes', async () => {
    await using hook = await startWebhook();
    await using emulator = await start();
    const { client, id } = await subscribe(emulator, hook.url);
    await emulator.sendLifecycle({ subscriptionId: id, event: 'reauthorizationRequired' });
    await vi.waitFor(() => expect(hook.posted).toHaveLength(1));
    await emulator.sendLifecycle({ subscriptionId: id, event: 'subscriptionRemoved' });
    await vi.waitFor(() => expect(hook.posted).toHaveLength(2));
    expect(hook.items().map((item) => item.lifecycleEvent)).toEqual([
      'reauthorizationRequired',
      'subscriptionRemoved',
    ]);
    expect((await client.get(`/subscriptions/${id}`)).status).toBe(404);
  });
});
