import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { mailboxHash } from '../../../api/mailbox-hash.ts';
import { inLanes } from '../../../concurrency/in-lanes.ts';
import { pushSecret } from '../../../crypto/lookup.ts';
import { Database } from '../../../db/database.ts';
import { readCursor, saveWatch } from '../../../db/sync-store.ts';
import { ANN, BOB, type Rig, type SeededInbox, seedInbox, startRig, until } from './support.ts';

const TENANT = '8f2c1b6e-1111-4222-8333-444455556666';
const DAY_MS = 86_400_000;
/** Not when they last pushed, which an earlier test's push may still be noting. */
const WATCHES = 'select watch_id, watch_expires_at from sync_cursors order by inbox_id';

describe('POST /webhooks/outlook', () => {
  let rig: Rig;
  let inbox: SeededInbox;
  let other: SeededInbox;
  beforeAll(async () => {
    rig = await startRig();
    inbox = await watched(ANN, 'ann@nordic.example', 'subscription-1');
    other = await watched(BOB, 'bob@nordic.example', 'subscription-2');
  });
  beforeEach(() => {
    rig.workflows.told.length = 0;
    rig.workflows.failure = null;
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  const watched = async (
    person: typeof ANN,
    address: string,
    id: string | null,
  ): Promise<SeededInbox> => {
    const seeded = await seedInbox(rig, person, address);
    const addressHash = mailboxHash(rig.lookupKey, 'outlook', address);
    await rig.db.sql("update inboxes set provider = 'outlook', address_hash = $2 where id = $1", [
      seeded.inboxId,
      addressHash,
    ]);
    if (id === null) return seeded;
    const watch = { id, expiresAt: Date.now() + 7 * DAY_MS };
    await rig.db.worker.asConnectedInbox(seeded, (tx) => saveWatch(tx, watch));
    return seeded;
  };

  const item = (of: SeededInbox, more: Record<string, unknown> = {}) => ({
    subscriptionId: of === inbox ? 'subscription-1' : 'subscription-2',
    clientState: pushSecret(rig.lookupKey, { ...of, tenant: TENANT }),
    tenantId: TENANT,
    changeType: 'created',
    resource: 'Users/x/Messages/y',
    ...more,
  });

  const post = (value: unknown, path = '/webhooks/outlook'): Promise<Response> =>
    rig.raw(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ value }),
    });
  const lifecycle = (value: unknown) => post(value, '/webhooks/outlook/lifecycle');

  it('shakes hands at both addresses: the token comes back as it was meant, as plain text', async () => {
    const token = 'Validation: a+b/c=& <script>ü';
    for (const path of ['/webhooks/outlook', '/webhooks/outlook/lifecycle']) {
      const query = `validationToken=${encodeURIComponent(token)}`;
      const response = await rig.raw(`${path}?inbox=1&${query}`, { method: 'POST' });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(await response.text()).toBe(token);
    }
  });

  it('wakes each inbox once for all that one delivery holds, within three seconds', async () => {
    const started = performance.now();
    const response = await post([item(inbox), item(other), item(inbox)]);
    expect(response.status).toBe(202);
    expect(performance.now() - started).toBeLessThan(3_000);
    expect(rig.workflows.told.toSorted()).toEqual(
      [`wake ${inbox.inboxId} mail`, `wake ${other.inboxId} mail`].toSorted(),
    );
    await until(async () => {
      const { body } = await rig.call(ANN, 'GET', `/api/v1/inboxes/${inbox.inboxId}`);
      return body.sync.push.lastAt !== null;
    });
  });

  it('P3 a teammate’s inbox of the same mailbox, which can have no subscription, is woken too', async () => {
    const shared = await watched(BOB, 'ann@nordic.example', null);
    await post([item(inbox)]);
    expect(rig.workflows.told.toSorted()).toEqual(
      [`wake ${inbox.inboxId} mail`, `wake ${shared.inboxId} mail`].toSorted(),
    );
    await rig.call(BOB, 'POST', `/api/v1/inboxes/${shared.inboxId}/disconnect`);
    rig.workflows.told.length = 0;
    await post([item(inbox)]);
    expect(rig.workflows.told).toContain(`wake ${inbox.inboxId} mail`);
    expect(rig.workflows.told).not.toContain(`wake ${shared.inboxId} mail`);
  });

  it('a second push after the first is not taken for stale', async () => {
    await post([item(inbox)]);
    await post([item(inbox)]);
    expect(rig.workflows.told).toHaveLength(2);
  });

  it('a captured notification that is played back leads to few looks, and writes nothing', async () => {
    const captured = [item(inbox)];
    const before = await rig.db.sql(WATCHES);
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(captured)));
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    expect(rig.workflows.told.length).toBeLessThan(8);
    expect(new Set(rig.workflows.told)).toEqual(new Set([`wake ${inbox.inboxId} mail`]));
    expect(await rig.db.sql(WATCHES)).toEqual(before);
  });

  it.each([
    ['a wrong secret', () => item(inbox, { clientState: 'guessed' })],
    ['no secret', () => item(inbox, { clientState: null })],
    ['another inbox’s secret', () => item(inbox, { clientState: item(other).clientState })],
    [
      'the secret of an earlier epoch',
      () => {
        const before = { ...inbox, epoch: inbox.epoch - 1 };
        return item(inbox, {
          clientState: pushSecret(rig.lookupKey, { ...before, tenant: TENANT }),
        });
      },
    ],
    ['a foreign tenant', () => item(inbox, { tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad' })],
    ['no tenant', () => item(inbox, { tenantId: '' })],
    ['a dead subscription', () => item(inbox, { subscriptionId: 'subscription-0' })],
    ['nothing that can be read', () => 'x'],
  ])('%s changes nothing, and is answered like any other', async (_what, forged) => {
    const before = await rig.db.sql(WATCHES);
    for (const send of [post, lifecycle]) {
      const response = await send([forged()]);
      expect(response.status).toBe(202);
      expect(await response.text()).toBe('');
    }
    const fates = ['missed', 'subscriptionRemoved', 'reauthorizationRequired'];
    for (const lifecycleEvent of fates) {
      const forgery = forged();
      if (typeof forgery === 'string') continue;
      expect((await lifecycle([{ ...forgery, lifecycleEvent }])).status).toBe(202);
    }
    expect(rig.workflows.told).toEqual([]);
    expect(await rig.db.sql(WATCHES)).toEqual(before);
  });

  it('B9 missed notifications are looked for behind the cursor', async () => {
    const { tenantId, ...bare } = item(inbox, { lifecycleEvent: 'missed' });
    for (const named of [{ tenantId }, { organizationId: tenantId }]) {
      rig.workflows.told.length = 0;
      expect((await lifecycle([{ ...bare, ...named }])).status).toBe(202);
      expect(rig.workflows.told).toEqual([`wake ${inbox.inboxId} mail`]);
    }
  });

  it('P8 a personal mailbox is woken, whose notifications name no tenant or another one', async () => {
    const home = await watched(ANN, 'home@outlook.example', 'subscription-home');
    const personal = '9188040d-6c67-4c5b-b112-36a304b66dad';
    const clientState = pushSecret(rig.lookupKey, { ...home, tenant: personal });
    for (const tenantId of ['', TENANT, personal]) {
      rig.workflows.told.length = 0;
      await post([item(home, { subscriptionId: 'subscription-home', clientState, tenantId })]);
      expect(rig.workflows.told).toEqual([`wake ${home.inboxId} mail`]);
    }
  });

  it('asks the database once, however many notifications somebody makes up', async () => {
    const asked = vi.spyOn(Database.prototype, 'asNobody');
    const forged = Array.from({ length: 10_000 }, (_, i) => ({
      ...item(inbox),
      subscriptionId: `x${i}`,
    }));
    expect((await post(forged)).status).toBe(202);
    expect(asked).toHaveBeenCalledTimes(1);
    asked.mockRestore();
  });

  it.each([
    ['subscriptionRemoved', ['work', 'mail']],
    ['reauthorizationRequired', ['work']],
  ])('%s lets the next look begin or renew the watch', async (lifecycleEvent, reasons) => {
    const id = 'subscription-1';
    const watch = { id, expiresAt: Date.now() + 7 * DAY_MS };
    await rig.db.worker.asConnectedInbox(inbox, (tx) => saveWatch(tx, watch));
    expect((await lifecycle([item(inbox, { lifecycleEvent })])).status).toBe(202);
    expect(rig.workflows.told).toEqual(reasons.map((reason) => `wake ${inbox.inboxId} ${reason}`));
    const cursor = await rig.db.worker.asConnectedInbox(inbox, (tx) => readCursor(tx));
    expect(cursor).toMatchObject({ watchId: id, watchExpiresAt: null });
  });

  it('is delivered again when Temporal does not take the signal', async () => {
    rig.workflows.failure = new Error('away');
    expect((await post([item(inbox)])).status).toBe(503);
    rig.workflows.failure = null;
    expect((await post([item(inbox)])).status).toBe(202);
    expect(rig.workflows.told).toEqual([`wake ${inbox.inboxId} mail`]);
  });

  it('P9 after a disconnect nothing is woken', async () => {
    const gone = await watched(ANN, 'gone@nordic.example', 'subscription-2b');
    const forged = { ...item(gone), subscriptionId: 'subscription-2b' };
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${gone.inboxId}/disconnect`);
    expect((await post([forged])).status).toBe(202);
    expect(rig.workflows.told).not.toContain(`wake ${gone.inboxId} mail`);
  });

  // The last one: nothing without an authentic notification is taken in this minute any more.
  it('a flood of deliveries with nothing authentic in them is refused', async () => {
    const answers = await inLanes(Array.from({ length: 310 }), 8, () => post(['x']));
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThan(9);
  });
});
