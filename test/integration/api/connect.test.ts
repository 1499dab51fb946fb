import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { InboxKeyMissingError, KeyStoreError } from '../../../crypto/key-provider.ts';
import { SealBrokenError } from '../../../crypto/seal.ts';
import { SCOPE } from '../../../emulator/index.ts';
import { ANN, BOB, type Person, type Rig, startRig, tokenOf, until } from './support.ts';

interface Flow {
  authUrl: string;
  cookie: string;
}

describe('connecting an inbox (P5)', () => {
  let rig: Rig;
  let serial = 0;
  beforeAll(async () => {
    rig = await startRig({ BACKFILL_DAYS: '60' });
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  const newAccount = async (): Promise<string> => {
    const address = `user${++serial}@gmail.example`;
    await rig.emulator.createAccount({ address, labels: ['Customers'] });
    return address;
  };

  const begin = async (
    person: Person,
    path = '/api/v1/inboxes',
    body: object = { provider: 'gmail', returnTo: '/settings?tab=email' },
  ): Promise<Flow> => {
    const response = await rig.raw(path, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await tokenOf(person)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(201);
    const cookie = response.headers.getSetCookie()[0] ?? '';
    expect(cookie).toMatch(/^sambandh-oauth=[\w-]{43}; .*HttpOnly; SameSite=Lax$/);
    const { authorizationUrl } = (await response.json()) as { authorizationUrl: string };
    return { authUrl: authorizationUrl, cookie: cookie.split(';')[0] ?? '' };
  };

  const follow = async (redirectUrl: string, cookie: string | null): Promise<Response> => {
    const { pathname, search } = new URL(redirectUrl);
    return rig.raw(pathname + search, { headers: cookie ? { cookie } : {} });
  };

  const outcomeOf = (response: Response): Record<string, string> => {
    expect(response.status).toBe(303);
    const to = new URL(response.headers.get('location') ?? '');
    expect(to.origin + to.pathname).toBe('http://127.0.0.1:8080/settings');
    expect(to.searchParams.get('tab')).toBe('email');
    return Object.fromEntries(to.searchParams);
  };

  const connect = async (
    person: Person,
    address: string,
    options: { scopes?: string[]; allow?: boolean; body?: object; path?: string } = {},
  ): Promise<Record<string, string>> => {
    const { body, path, ...consent } = options;
    const flow = await begin(person, path, body);
    const { redirectUrl } = await rig.emulator.consent({
      authUrl: flow.authUrl,
      address,
      ...consent,
    });
    return outcomeOf(await follow(redirectUrl, flow.cookie));
  };

  const nothingStored = async (work: () => Promise<unknown>): Promise<void> => {
    const { oauth_states: _before, ...before } = await rig.counts();
    await work();
    const { oauth_states: _after, ...after } = await rig.counts();
    expect(after).toEqual(before);
  };

  it('asks Google for reading only, with state and PKCE, for lasting access', async () => {
    const { authUrl } = await begin(ANN);
    const query = new URL(authUrl).searchParams;
    expect(query.get('scope')).toBe(SCOPE.readonly);
    expect(query.get('code_challenge_method')).toBe('S256');
    expect(query.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    expect(query.get('access_type')).toBe('offline');
    expect(query.get('state')).toMatch(/^[\w-]{43}$/);
    const stored = await rig.db.sql<{ row: string }>(
      'select oauth_states::text as row from oauth_states',
    );
    expect(stored.map(({ row }) => row).join()).not.toContain(query.get('state'));
  });

  it('connects, and tells the inbox workflow to open', async () => {
    const address = await newAccount();
    const { outcome, inbox } = await connect(ANN, address);
    expect(outcome).toBe('connected');
    await until(() => rig.workflows.told.includes(`open ${inbox} 1`));
    const { body } = await rig.call(ANN, 'GET', `/api/v1/inboxes/${inbox}`);
    expect(body).toMatchObject({
      address,
      status: 'connected',
      epoch: 1,
      scope: { kind: 'contacts' },
      reconnect: null,
      gaps: [],
      backfills: { running: [{ n: 1, kind: 'initial', eta: null }], last: [] },
      sync: { push: { active: false } },
    });
    const clear = await rig.db.sql<{ row: string }>('select inboxes::text as row from inboxes');
    expect(clear.map(({ row }) => row).join()).not.toContain(address);
  });

  it('brings in as many days as are configured (P7)', async () => {
    const { inbox } = await connect(ANN, await newAccount());
    const { body } = await rig.call(ANN, 'GET', `/api/v1/inboxes/${inbox}`);
    const at = (name: string): number =>
      Date.parse(String(Object.entries(body).find(([key]) => key === name)?.[1]));
    const days = (at('connectedAt') - at('windowStart')) / 86_400_000;
    expect(days).toBeCloseTo(60, 1);
    expect((await rig.call(null, 'GET', '/docs/email-sync')).body).toContain(
      'the last 60 days of email with your contacts are brought in',
    );
  });

  it('leaves an inbox that is connected as it is, and looks at it, when it is connected again', async () => {
    const address = await newAccount();
    const first = await connect(ANN, address);
    const path = `/api/v1/inboxes/${first.inbox}/sending`;
    const on = await connect(ANN, address, { path, body: { returnTo: '/settings?tab=email' } });
    expect(on.outcome).toBe('sending_on');
    const row = async () =>
      await rig.db.sql('select to_jsonb(i) from inboxes i where id = $1', [first.inbox]);
    const before = await row();
    const bodies = [
      {},
      { scope: { kind: 'unchosen' } },
      { scope: { kind: 'label', labelId: 'INBOX' } },
    ];
    for (const scope of bodies) {
      const body = { provider: 'gmail', returnTo: '/settings?tab=email', ...scope };
      const again = await connect(ANN, address.toUpperCase(), { body });
      expect(again).toEqual({ ...first, outcome: 'already_connected' });
    }
    expect(await row()).toEqual(before);
    expect(rig.workflows.told.filter((one) => one.startsWith(`open ${first.inbox}`))).toHaveLength(
      2,
    );
    await until(() => rig.workflows.told.includes(`wake ${first.inbox} work`));
    const acts = await rig.db.sql<{ act: string }>(
      'select act from audit_log where inbox_id = $1 order by at',
      [first.inbox],
    );
    expect(acts.map(({ act }) => act)).toEqual([
      ...['inbox.connected', 'inbox.reconnected', 'sending.turned_on'],
    ]);
  });

  it('connects one that is not connected again, by its own route or as if it were new', async () => {
    const address = await newAccount();
    const first = await connect(ANN, address);
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${first.inbox}/disconnect`);
    const anew = await connect(ANN, address.toUpperCase());
    expect(anew).toEqual({ ...first, outcome: 'reconnected' });
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${first.inbox}/disconnect`);
    const back = await connect(ANN, address, {
      path: `/api/v1/inboxes/${first.inbox}/reconnect`,
      body: { returnTo: '/settings?tab=email' },
    });
    expect(back).toEqual({ ...first, outcome: 'reconnected' });
    const { body } = await rig.call(ANN, 'GET', `/api/v1/inboxes/${first.inbox}`);
    expect(body).toMatchObject({ status: 'connected', gaps: [{}, { cause: 'disconnected' }] });
  });

  it('B5 says that an inbox which could send may only read once it is connected anew', async () => {
    const address = await newAccount();
    const first = await connect(ANN, address);
    const path = `/api/v1/inboxes/${first.inbox}/sending`;
    const on = await connect(ANN, address, { path, body: { returnTo: '/settings?tab=email' } });
    expect(on.outcome).toBe('sending_on');
    // By its own route it would be asked to send again.
    await rig.db.sql("update inboxes set status = 'needs_reconnect' where id = $1", [first.inbox]);
    expect((await connect(ANN, address)).outcome).toBe('reconnected_sending_off');
    const { body } = await rig.call(ANN, 'GET', `/api/v1/inboxes/${first.inbox}`);
    expect(body).toMatchObject({ status: 'connected', sending: false });
  });

  it('B5 a reconnect of an inbox whose sending was turned off asks Google for reading only', async () => {
    const address = await newAccount();
    const { inbox } = await connect(ANN, address);
    const body = { returnTo: '/settings?tab=email' };
    const path = `/api/v1/inboxes/${inbox}`;
    const scopesAsked = async (at: string): Promise<string | null> =>
      new URL((await begin(ANN, at, body)).authUrl).searchParams.get('scope');
    await connect(ANN, address, { path: `${path}/sending`, body });
    expect(await scopesAsked(`${path}/reconnect`)).toContain(SCOPE.send);
    await rig.call(ANN, 'DELETE', `${path}/sending`);
    expect(await scopesAsked(`${path}/reconnect`)).toBe(SCOPE.readonly);
  });

  it('lets two teammates connect one mailbox, each for themselves', async () => {
    const address = await newAccount();
    const first = await connect(ANN, address);
    const second = await connect(BOB, address);
    expect(second.outcome).toBe('connected');
    expect(second.inbox).not.toBe(first.inbox);
  });

  it('says so when consent is denied', async () => {
    const address = await newAccount();
    await nothingStored(async () => {
      expect((await connect(ANN, address, { allow: false })).outcome).toBe('consent_denied');
    });
  });

  it('stores nothing when reading is not granted', async () => {
    const address = await newAccount();
    await nothingStored(async () => {
      const flow = await begin(ANN);
      // The consent page has one box only; with two asked, the user can leave ours out.
      const authUrl = flow.authUrl.replace(
        /scope=[^&]+/,
        `scope=${SCOPE.labels}+${SCOPE.readonly}`,
      );
      const { redirectUrl } = await rig.emulator.consent({
        authUrl,
        address,
        scopes: [SCOPE.labels],
      });
      expect(outcomeOf(await follow(redirectUrl, flow.cookie)).outcome).toBe('scopes_missing');
    });
  });

  it('stores nothing without lasting access', async () => {
    const address = await newAccount();
    await connect(BOB, address);
    await nothingStored(async () => {
      const flow = await begin(ANN);
      const authUrl = flow.authUrl.replace('&prompt=consent', '');
      const { redirectUrl } = await rig.emulator.consent({ authUrl, address });
      expect(outcomeOf(await follow(redirectUrl, flow.cookie)).outcome).toBe(
        'refresh_token_missing',
      );
    });
  });

  it('refuses another account than the inbox’s own on reconnect', async () => {
    const { inbox } = await connect(ANN, await newAccount());
    const other = await newAccount();
    await nothingStored(async () => {
      const end = await connect(ANN, other, {
        path: `/api/v1/inboxes/${inbox}/reconnect`,
        body: { returnTo: '/settings?tab=email' },
      });
      expect(end).toEqual({ tab: 'email', inbox, outcome: 'other_account' });
    });
  });

  it('takes a state once', async () => {
    const flow = await begin(ANN);
    const address = await newAccount();
    const { redirectUrl } = await rig.emulator.consent({ authUrl: flow.authUrl, address });
    expect(outcomeOf(await follow(redirectUrl, flow.cookie)).outcome).toBe('connected');
    const replayed = await follow(redirectUrl, flow.cookie);
    expect(replayed.status).toBe(400);
    expect(await replayed.text()).toContain('has expired or was used before');
  });

  it('refuses expired, unknown and malformed states', async () => {
    const flow = await begin(ANN);
    const address = await newAccount();
    const { redirectUrl } = await rig.emulator.consent({ authUrl: flow.authUrl, address });
    await rig.db.sql("update oauth_states set expires_at = now() - interval '1 second'");
    await nothingStored(async () => {
      expect((await follow(redirectUrl, flow.cookie)).status).toBe(400);
      for (const query of [
        '',
        '?state=',
        '?state=x&code=y',
        `?state=${'a'.repeat(43)}&code=y`,
        '?state=a&state=b&code=c',
      ]) {
        const response = await rig.raw(`/oauth/google/callback${query}`, {
          headers: { cookie: flow.cookie },
        });
        expect(response.status, query).toBe(400);
        expect(response.headers.get('content-type')).toContain('text/html');
      }
    });
  });

  it('refuses to finish in another browser (fixation), and burns the link', async () => {
    const address = await newAccount();
    await nothingStored(async () => {
      const flow = await begin(ANN);
      const { redirectUrl } = await rig.emulator.consent({ authUrl: flow.authUrl, address });
      const victim = await follow(redirectUrl, (await begin(BOB)).cookie);
      expect(victim.status).toBe(400);
      expect(victim.headers.get('location')).toBeNull();
      expect(await victim.text()).toContain('another browser');
      expect((await follow(redirectUrl, flow.cookie)).status).toBe(400);
      const second = await begin(ANN);
      const consent = await rig.emulator.consent({ authUrl: second.authUrl, address });
      expect((await follow(consent.redirectUrl, null)).status).toBe(400);
    });
  });

  it('refuses a code that is not Google’s, and survives Google’s faults', async () => {
    const address = await newAccount();
    await nothingStored(async () => {
      const flow = await begin(ANN);
      const state = new URL(flow.authUrl).searchParams.get('state');
      const made = await rig.raw(`/oauth/google/callback?state=${state}&code=made-up`, {
        headers: { cookie: flow.cookie },
      });
      expect(outcomeOf(made).outcome).toBe('code_refused');
      for (const method of ['oauth.token', 'gmail.users.getProfile']) {
        await rig.emulator.armFault({
          method,
          times: 1,
          effect: { kind: 'preset', preset: 'unavailable503' },
        });
        expect((await connect(ANN, address)).outcome, method).toBe('provider_unavailable');
        await rig.emulator.clearFaults();
      }
      const failed = await begin(ANN);
      const failedState = new URL(failed.authUrl).searchParams.get('state');
      const error = await rig.raw(
        `/oauth/google/callback?state=${failedState}&error=server_error`,
        {
          headers: { cookie: failed.cookie },
        },
      );
      expect(outcomeOf(error).outcome).toBe('provider_error');
    });
  });

  it('refuses a mailbox whose history is being deleted', async () => {
    const address = await newAccount();
    const { inbox } = await connect(ANN, address);
    const deletion = await rig.call(ANN, 'POST', `/api/v1/inboxes/${inbox}/delete-history`, {
      confirm: 'delete',
    });
    expect(deletion.status).toBe(202);
    await until(() => rig.workflows.told.includes(`delete ${inbox} ${deletion.body.deletionId}`));
    expect((await connect(ANN, address)).outcome).toBe('inbox_deleting');
    const again = await rig.call(ANN, 'POST', `/api/v1/inboxes/${inbox}/reconnect`, {});
    expect(again).toMatchObject({ status: 409, body: { type: '/problems/inbox-deleting' } });
    const receipt = await rig.call(ANN, 'GET', deletion.headers.get('location') ?? '');
    expect(receipt.body).toMatchObject({ state: 'running', messagesDeleted: 0 });
    expect(receipt.body.keyDestroyedAt).not.toBeNull();
  });

  it('P6 reconnected after its history was deleted an inbox keeps its label', async () => {
    const address = await newAccount();
    const labels = await rig.emulator.listLabels({ address });
    const labelId = labels.find(({ name }) => name === 'Customers')?.id;
    const scope = { kind: 'label', labelId };
    const returnTo = '/settings?tab=email';
    const { inbox } = await connect(ANN, address, { body: { provider: 'gmail', scope, returnTo } });
    const path = `/api/v1/inboxes/${inbox}`;
    await rig.call(ANN, 'POST', `${path}/delete-history`, { confirm: 'delete' });
    // As the deletion's workflow leaves it: test/integration/db/deletion.test.ts has that.
    await rig.db.sql(
      "update inboxes set status = 'disconnected', history_deleted_at = now() where id = $1",
      [inbox],
    );
    const { body: deleted } = await rig.call(ANN, 'GET', path);
    expect(deleted).toMatchObject({ status: 'disconnected', scope, scopeName: null });
    const back = await connect(ANN, address, { path: `${path}/reconnect`, body: { returnTo } });
    expect(back).toMatchObject({ outcome: 'connected', inbox });
    const { body } = await rig.call(ANN, 'GET', path);
    expect(body).toMatchObject({ status: 'connected', scope, scopeName: 'Customers' });
  });

  it('connects by a label that is there, and by no other', async () => {
    const address = await newAccount();
    const labels = await rig.emulator.listLabels({ address });
    const labelId = labels.find(({ name }) => name === 'Customers')?.id;
    const body = { provider: 'gmail', returnTo: '/settings?tab=email' };
    const none = await connect(ANN, address, {
      body: { ...body, scope: { kind: 'label', labelId: 'Label_none' } },
    });
    expect(none.outcome).toBe('unknown_label');
    const { inbox } = await connect(ANN, address, {
      body: { ...body, scope: { kind: 'label', labelId } },
    });
    const { body: shown } = await rig.call(ANN, 'GET', `/api/v1/inboxes/${inbox}`);
    expect(shown).toMatchObject({ scope: { kind: 'label', labelId }, scopeName: 'Customers' });
    const choices = await rig.call(ANN, 'GET', `/api/v1/inboxes/${inbox}/scopes`);
    expect(choices.body.choices).toContainEqual({
      kind: 'label',
      id: labelId,
      name: 'Customers',
      system: false,
    });
    const wrong = await rig.call(ANN, 'PUT', `/api/v1/inboxes/${inbox}/scope`, {
      kind: 'label',
      labelId: 'Label_none',
    });
    expect(wrong.body.type).toBe('/problems/unknown-label');
    const changed = await rig.call(ANN, 'PUT', `/api/v1/inboxes/${inbox}/scope`, {
      kind: 'contacts',
    });
    expect(changed.body).toMatchObject({
      scope: { kind: 'contacts' },
      scopeName: null,
      backfill: 2,
    });
    await until(() => rig.workflows.told.includes(`wake ${inbox} work`));
  });

  it.each([
    [undefined, 'The last 60 days of email with your contacts come'],
    [{ kind: 'unchosen' }, 'Nothing of it is read until you choose'],
  ])('answers in words when there is nowhere to go back to, scope %o', async (scope, words) => {
    const flow = await begin(ANN, '/api/v1/inboxes', { provider: 'gmail', scope });
    const { redirectUrl } = await rig.emulator.consent({
      authUrl: flow.authUrl,
      address: await newAccount(),
    });
    const response = await follow(redirectUrl, flow.cookie);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const text = await response.text();
    expect(text).toContain('Your inbox is connected');
    expect(text).toContain(words);
  });

  it('refuses Outlook for now, foreign return addresses and folders', async () => {
    const post = (body: object) => rig.call(ANN, 'POST', '/api/v1/inboxes', body);
    expect((await post({ provider: 'outlook' })).body.type).toBe(
      '/problems/outlook-not-configured',
    );
    expect((await post({ provider: 'gmail', returnTo: 'https://evil.example/' })).body.type).toBe(
      '/problems/return-to-refused',
    );
    expect(
      (await post({ provider: 'gmail', scope: { kind: 'folder', folderId: 'x' } })).status,
    ).toBe(400);
  });

  it('disconnects at once, and again without harm (P9)', async () => {
    const { inbox } = await connect(ANN, await newAccount());
    const first = await rig.call(ANN, 'POST', `/api/v1/inboxes/${inbox}/disconnect`);
    expect(first).toMatchObject({
      status: 200,
      body: {
        status: 'disconnected',
        epoch: 2,
        revokeAt: 'https://myaccount.google.com/connections',
      },
    });
    expect(first.body.message).toContain('stays on the timelines');
    await until(() => rig.workflows.told.includes(`close ${inbox}`));
    expect(await rig.call(ANN, 'POST', `/api/v1/inboxes/${inbox}/disconnect`)).toMatchObject({
      status: 200,
      body: first.body,
    });
    const [row] = await rig.db.sql<{ tokens_ct: Buffer | null }>(
      'select tokens_ct from inboxes where id = $1',
      [inbox],
    );
    expect(row?.tokens_ct).toBeNull();
    expect((await rig.call(ANN, 'GET', `/api/v1/inboxes/${inbox}/scopes`)).body.type).toBe(
      '/problems/inbox-not-connected',
    );
  });

  it('ends the grant at Google on request, and says so when that fails (P9)', async () => {
    const disconnect = (inbox: string) =>
      rig.call(ANN, 'POST', `/api/v1/inboxes/${inbox}/disconnect`, { revoke: true });
    const first = await connect(ANN, await newAccount());
    const sinceSeq = (await rig.emulator.accessLog()).at(-1)?.seq ?? 0;
    const answer = await disconnect(first.inbox as string);
    expect(answer.body).toMatchObject({
      status: 'disconnected',
      revocation: { revoked: true },
      revokeAt: 'https://myaccount.google.com/connections',
    });
    const log = await rig.emulator.accessLog({ sinceSeq });
    const calls = log.map(({ method, status }) => [method, status]);
    expect(calls).toEqual([['oauth.revoke', 200]]);
    expect((await disconnect(first.inbox as string)).body).toMatchObject({
      status: 'disconnected',
      revocation: { revoked: false, words: expect.stringContaining('no access') },
    });

    const second = await connect(ANN, await newAccount());
    await rig.emulator.armFault({
      method: 'oauth.revoke',
      times: 1,
      effect: { kind: 'preset', preset: 'unavailable503' },
    });
    const failed = await disconnect(second.inbox as string);
    await rig.emulator.clearFaults();
    expect(failed).toMatchObject({
      status: 200,
      body: { status: 'disconnected', revocation: { revoked: false } },
    });
    const [row] = await rig.db.sql<{ tokens_ct: Buffer | null }>(
      'select tokens_ct from inboxes where id = $1',
      [second.inbox],
    );
    expect(row?.tokens_ct).toBeNull();
  });

  it('P9 disconnects with revoke also when no key opens the tokens, and says so', async () => {
    const place = { orgId: 'acme', inboxId: '', column: 'inboxes.tokens_ct', rowId: '' };
    const failures = [
      new KeyStoreError('The key store is away.'),
      new InboxKeyMissingError('a key'),
      new SealBrokenError(place, 'changed bytes'),
    ];
    for (const failure of failures) {
      const { inbox } = await connect(ANN, await newAccount());
      using away = vi.spyOn(rig.keyRing.inboxKeys, 'unwrap').mockRejectedValue(failure);
      const path = `/api/v1/inboxes/${inbox}/disconnect`;
      const answer = await rig.call(ANN, 'POST', path, { revoke: true });
      expect(answer).toMatchObject({
        status: 200,
        body: {
          status: 'disconnected',
          revocation: { revoked: false, words: expect.stringContaining('could not be opened') },
        },
      });
      expect(away).toHaveBeenCalledOnce();
      const stored = 'select tokens_ct from inboxes where id = $1';
      expect(await rig.db.sql(stored, [inbox])).toEqual([{ tokens_ct: null }]);
    }
  });

  it('says that the key store did not answer, and connects when it is begun again', async () => {
    const address = await newAccount();
    using away = vi
      .spyOn(rig.keyRing.inboxKeys, 'create')
      .mockRejectedValue(new KeyStoreError('The key store is away.'));
    await nothingStored(async () => {
      expect(await connect(ANN, address)).toEqual({ tab: 'email', outcome: 'keys_unavailable' });
    });
    away.mockRestore();
    expect((await connect(ANN, address)).outcome).toBe('connected');
  });

  it('writes no address, code, state or token to the log (I6)', () => {
    const log = rig.log.join('');
    expect(log.includes('/oauth/google/callback')).toBe(true);
    // Booleans, so that a failure does not print what leaked.
    const leaks = [/@/, /code=/, /state=/, /ya29|1\/\//, /bearer/i, /eyJ/, /cookie/i, /example/];
    expect(leaks.filter((secret) => secret.test(log))).toEqual([]);
  });
});
