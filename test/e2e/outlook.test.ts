import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Person,
  startTestProduct,
  type TestProduct,
  until,
  untilSettled,
} from '../support/product.ts';

const ADMIN = 'admin@brightwater.example';
const READING = ['Mail.Read', 'User.Read', 'offline_access', 'openid', 'profile'];
const ANN = { ann: ['ann@customer.test'] };

describe('P8 an Outlook inbox', () => {
  let test: TestProduct;
  beforeAll(async () => {
    test = await startTestProduct({ env: { POLL_INTERVAL_WITH_PUSH_MS: '3600000' } });
    await test.emulator.createOutlookAccount({ address: ADMIN, isAdmin: true });
  });
  afterAll(() => test?.[Symbol.asyncDispose]());

  const outlook = (name: string): Promise<Person> =>
    test.person(name, `org-${name}`, { provider: 'outlook' });

  it('P8 is connected, backfilled, kept up by push alone, and disconnected', async () => {
    const person = await outlook('maya');
    await person.putContacts(ANN);
    await person.add({ from: 'ann@customer.test', subject: 'Before' });
    const inboxId = await person.connectAndBackfill();
    expect(await person.subjects('ann')).toEqual(['Before']);
    await until('the subscription', async () =>
      (await test.emulator.graphSubscriptions()).some(({ address }) => address === person.address),
    );
    await person.add({ from: 'ann@customer.test', subject: 'Live' });
    await person.untilOnTimeline('ann', 'Live');
    const { revokeAt } = await person.disconnect(inboxId);
    expect(revokeAt).toContain('microsoft');
    await person.add({ from: 'ann@customer.test', subject: 'Too late' });
    expect(await person.subjects('ann')).toEqual(['Live', 'Before']);
    const counts = (await test.emulator.graphQuotaCounts()).filter(
      ({ mailbox }) => mailbox === person.address,
    );
    expect(counts).toMatchObject([{ throttled: 0 }]);
    expect(counts[0]?.maxConcurrency).toBeLessThanOrEqual(4);
  });

  it('P8 an administrator’s consent lets a waiting connection go on by itself', async () => {
    const person = await outlook('walled');
    // Known by another scope than the one that waits.
    const inboxId = await person.connect();
    await person.disconnect(inboxId);
    await test.emulator.revokeConsent({ address: person.address });
    await test.emulator.setTenant({ address: person.address, consentPolicy: 'adminOnly' });
    const { redirectUrl } = await test.emulator.signIn({
      url: (await person.begin({ kind: 'unchosen' })).href,
      address: person.address,
      action: 'return',
    });
    const page = await person.api.follow(redirectUrl);
    expect(page.url.pathname).toMatch(/^\/oauth\/waiting\//);
    expect(page.text).toContain('Ask your administrator');
    expect(page.text).toContain('If you declined');
    expect(page.headers.get('refresh')).toBe('15');

    type Pending = { pending: { status: string; adminConsentUrl: string }[] };
    const [waiting] = (await person.api.get<Pending>('/api/v1/pending-connections')).pending;
    expect(waiting?.status).toBe('waiting_for_admin');
    const stranger = await fetch(page.url, { redirect: 'manual' });
    expect(stranger.status).toBe(404);

    const declined = await test.emulator.signIn({
      url: waiting?.adminConsentUrl ?? '',
      address: ADMIN,
      action: 'cancel',
    });
    expect((await fetch(declined.redirectUrl)).status).toBe(400);
    const agreed = await test.emulator.signIn({
      url: waiting?.adminConsentUrl ?? '',
      address: ADMIN,
    });
    expect(await (await fetch(agreed.redirectUrl)).text()).toContain('Thank you');

    // The page's next look by itself: straight to Microsoft, which asks nothing any more.
    const next = await fetch(page.url, {
      redirect: 'manual',
      headers: { cookie: person.api.cookie },
    });
    expect(next.status).toBe(303);
    const back = await test.emulator.signIn({
      url: next.headers.get('location') ?? '',
      address: person.address,
    });
    const landed = await person.api.comeBack(back.redirectUrl);
    expect(landed).toMatchObject({ outcome: 'connected_unchosen', inboxId });
    expect((await person.api.get<Pending>('/api/v1/pending-connections')).pending).toEqual([]);
    await test.emulator.setTenant({ address: person.address, consentPolicy: 'user' });
  });

  it('P8 an inbox that was sending waits at the wall like any other once it reads no more, and comes back once the administrator agrees', async () => {
    const person = await outlook('sender');
    const inboxId = await person.connectAndBackfill();
    const begin = async (what: string): Promise<URL> => {
      const path = `/api/v1/inboxes/${inboxId}/${what}`;
      const returnTo = `${test.product.apiUrl}/`;
      const begun = await person.api.post<{ authorizationUrl: string }>(path, { returnTo });
      return new URL(begun.authorizationUrl);
    };
    expect(await person.consent(await begin('sending'))).toMatchObject({ outcome: 'sending_on' });
    await test.emulator.revokeConsent({ address: person.address });
    await person.mailbox.revokeGrant();
    expect((await person.api.send('GET', `/api/v1/inboxes/${inboxId}/scopes`)).status).toBe(409);
    const status = async () => (await person.inbox(inboxId)).status;
    await until('it reads no more', async () => (await status()) === 'needs_reconnect');
    await test.emulator.setTenant({ address: person.address, consentPolicy: 'adminOnly' });
    const { redirectUrl } = await test.emulator.signIn({
      url: (await begin('reconnect')).href,
      address: person.address,
      action: 'return',
    });
    const wall = await person.api.follow(redirectUrl);
    expect(wall.url.pathname).toMatch(/^\/oauth\/waiting\//);
    await person.putContacts(ANN);
    await person.add({ from: 'ann@customer.test', subject: 'While it waits' });
    expect(await status()).toBe('needs_reconnect');

    type Pending = { pending: { adminConsentUrl: string }[] };
    const { pending } = await person.api.get<Pending>('/api/v1/pending-connections');
    const url = pending[0]?.adminConsentUrl ?? '';
    const agreed = await test.emulator.signIn({ url, address: ADMIN });
    expect((await fetch(agreed.redirectUrl)).status).toBe(200);
    const headers = { cookie: person.api.cookie };
    const next = await fetch(wall.url, { redirect: 'manual', headers });
    const on = { url: next.headers.get('location') ?? '', address: person.address };
    const back = await test.emulator.signIn(on);
    const landed = await person.api.comeBack(back.redirectUrl);
    expect(landed).toMatchObject({ outcome: 'reconnected_sending_off', inboxId });
    // B5: with sending off, a reconnect asks for reading only.
    const scopes = (await begin('reconnect')).searchParams.get('scope')?.split(' ');
    expect(scopes?.sort()).toEqual(READING);
    await test.emulator.setTenant({ address: person.address, consentPolicy: 'user' });
    await person.untilOnTimeline('ann', 'While it waits');
    expect((await person.inbox(inboxId)).gaps).toMatchObject([{ cause: 'revoked' }]);
  });

  it('P8 a folder with what lies below it is a scope, and without it is a narrower one', async () => {
    const person = await outlook('nested');
    await test.emulator.createFolder({ address: person.address, path: 'Clients/Acme' });
    await person.putContacts(ANN);
    const place = async (subject: string, folder: string) => {
      const { id } = await person.add({ from: 'ann@customer.test', subject });
      if (folder !== 'inbox') {
        await test.emulator.moveMessage({ address: person.address, id, folder });
      }
    };
    await place('In the inbox', 'inbox');
    await place('In clients', 'Clients');
    await place('In Acme', 'Clients/Acme');
    const folders = await test.emulator.listFolders({ address: person.address });
    const folderId = folders.find(({ path }) => path.endsWith('Clients'))?.id ?? '';
    const scope = { kind: 'folder', folderId, includeSubfolders: false } as const;
    await test.emulator.setLatency({ rules: [{ ms: 150 }] });
    const inboxId = await person.connect({ scope });
    await test.emulator.setLatency({ rules: [] });
    const [calls] = (await test.emulator.graphQuotaCounts()).filter(
      ({ mailbox }) => mailbox === person.address,
    );
    expect(calls).toMatchObject({ throttled: 0 });
    expect(calls?.maxConcurrency).toBeLessThanOrEqual(4);
    await person.untilBackfilled(inboxId);
    expect(await person.subjects('ann')).toEqual(['In clients']);
    await person.api.put(`/api/v1/inboxes/${inboxId}/scope`, { ...scope, includeSubfolders: true });
    await person.untilOnTimeline('ann', 'In Acme');
    expect((await person.subjects('ann')).toSorted()).toEqual(['In Acme', 'In clients']);
    const unknown = { ...scope, folderId: 'AAMkno' };
    const path = `/api/v1/inboxes/${inboxId}/scope`;
    expect(await person.api.send('PUT', path, unknown)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'folderId', message: 'not a folder of this mailbox' }] },
    });
    const label = { kind: 'label', labelId: 'x' };
    expect((await person.api.send('PUT', path, label)).status).toBe(400);
  });

  it('B5 an administrator who agreed to sending for everybody turns it on for nobody', async () => {
    const person = await outlook('everybody');
    const permissions = ['User.Read', 'Mail.Read', 'Mail.Send'];
    await test.emulator.grantAdminConsent({ address: person.address, permissions });
    const inboxId = await person.connect();
    const [row] = await test.sql<{ granted_scopes: string[]; sending: boolean }>(
      'select granted_scopes, sending from inboxes where id = $1',
      [inboxId],
    );
    expect(row?.granted_scopes).toContain('Mail.Send');
    expect(row?.sending).toBe(false);
    const message = { to: [{ address: 'ann@customer.test' }], subject: 'Never', text: 'No' };
    const key = { 'idempotency-key': 'never' };
    const path = `/api/v1/inboxes/${inboxId}/messages`;
    expect((await person.api.send('POST', path, message, key)).status).toBe(409);
    expect(await test.calls({ method: 'graph.sendMail' })).toEqual([]);
  });

  it('B9 what a new scope holds and what was deleted is no gap: push tells of neither', async () => {
    const person = await outlook('quiet');
    await person.putContacts(ANN);
    await test.emulator.createFolder({ address: person.address, path: 'Quiet' });
    const mail = { from: 'ann@customer.test', subject: 'Kept', folder: 'Quiet' };
    const { id } = await person.add(mail);
    const inboxId = await person.connectAndBackfill();
    const expectNoGapAfter = async (change: () => Promise<unknown>): Promise<void> => {
      await untilSettled(test, inboxId);
      await test.sql(
        "update sync_cursors set pushed_at = now() - interval '5 minutes' where inbox_id = $1",
        [inboxId],
      );
      const since = Date.now();
      await change();
      await until('a look', async () => {
        const { caughtUpTo } = (await person.inbox(inboxId)).sync;
        return Date.parse(caughtUpTo ?? '') > since;
      });
      expect((await person.inbox(inboxId)).gaps).toEqual([]);
    };
    const folders = await test.emulator.listFolders({ address: person.address });
    const folderId = folders.find(({ path }) => path.endsWith('Quiet'))?.id ?? '';
    const scope = { kind: 'folder', folderId, includeSubfolders: false };
    await expectNoGapAfter(() => person.api.put(`/api/v1/inboxes/${inboxId}/scope`, scope));
    await expectNoGapAfter(async () => {
      await test.emulator.deleteMessage({ address: person.address, id });
      await person.putContacts({ ...ANN, eve: ['eve@customer.test'] });
    });
  });
});
