import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, PROVIDERS, startTestProduct, type TestProduct } from '../support/product.ts';

const READ = {
  gmail: 'https://www.googleapis.com/auth/gmail.readonly',
  outlook: 'Mail.Read',
} as const;
const CALLBACK = { gmail: '/oauth/google/callback', outlook: '/oauth/microsoft/callback' } as const;

let test: TestProduct;

beforeAll(async () => {
  test = await startTestProduct();
});
afterAll(() => test?.[Symbol.asyncDispose]());

const inboxesOf = (person: Person): Promise<{ inboxes: { id: string; address: string }[] }> =>
  person.api.get('/api/v1/inboxes');

const expectNothing = async (person: Person): Promise<void> => {
  expect((await inboxesOf(person)).inboxes).toEqual([]);
  const rows = await test.sql('select from inboxes where user_id = $1', [person.identity.userId]);
  expect(rows).toEqual([]);
};

describe.each(PROVIDERS)('P2 P5 what is asked for, %s', (provider) => {
  const somebody = () => test.person(undefined, undefined, { provider });

  it('P2 B5 I11 the consent asks to read, and for no scope that can send or change', async () => {
    const url = await (await somebody()).begin();
    const scopes = (url.searchParams.get('scope') ?? '').split(' ');
    expect(scopes).toContain(READ[provider]);
    for (const scope of scopes) {
      expect(scope).not.toMatch(/send|compose|modify|insert|settings|write|mail\.google\.com/i);
    }
    expect(url.searchParams.get('include_granted_scopes')).not.toBe('true');
    const isOffline = url.searchParams.get('access_type') === 'offline';
    expect(isOffline || scopes.includes('offline_access')).toBe(true);
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
  });

  it('I11 the stored grant of a whole connect holds no send scope, and no call sends', async () => {
    const person = await somebody();
    const inboxId = await person.connectAndBackfill();
    const [row] = await test.sql<{ granted_scopes: string[] }>(
      'select granted_scopes from inboxes where id = $1',
      [inboxId],
    );
    const granted = row?.granted_scopes.join(' ');
    expect(granted).not.toMatch(/send|compose|modify|write|mail\.google\.com/i);
    const methods = new Set(
      (await test.calls()).map(({ method, httpMethod }) => `${httpMethod} ${method}`),
    );
    const writes = [...methods].filter((one) => !one.startsWith('GET '));
    for (const write of writes) {
      expect(write).toMatch(/oauth|entra|batch|watch|consent|revoke|subscriptions/);
    }
  });
});

describe.each(PROVIDERS)('P5 how a connect can end, %s', (provider) => {
  const somebody = () => test.person(undefined, undefined, { provider });

  it('P5 consent denied: said so, nothing stored', async () => {
    const person = await somebody();
    const back = await person.signIn(await person.begin(), { allow: false });
    if (provider === 'gmail') {
      expect((await person.api.comeBack(back)).outcome).toBe('consent_denied');
    } else {
      // Microsoft answers alike when an administrator would have to agree.
      expect((await person.api.follow(back)).text).toContain('If you declined, connect again');
    }
    await expectNothing(person);
  });

  it('P5 a callback replayed is refused and changes nothing', async () => {
    const person = await somebody();
    const url = await person.begin();
    const redirectUrl = await person.signIn(url);
    const first = await person.api.comeBack(redirectUrl);
    expect(first.outcome).toBe('connected');
    const before = await person.inbox(first.inboxId ?? '');
    const second = await person.api.comeBack(redirectUrl);
    expect(second.status).toBe(400);
    expect(second.text).toContain('expired or was used before');
    expect((await person.inbox(before.id)).epoch).toBe(before.epoch);
    expect((await inboxesOf(person)).inboxes).toHaveLength(1);
  });

  it('P5 a link finished in another browser connects nobody’s mailbox', async () => {
    const [victim, attacker] = [await somebody(), await somebody()];
    const url = await attacker.begin();
    const redirectUrl = await attacker.signIn(url, { address: victim.address });
    await victim.begin();
    const landed = await victim.api.comeBack(redirectUrl);
    expect(landed.status).toBe(400);
    expect(landed.text).toContain('another browser');
    // Refused for good: not even the browser that began can use it now.
    expect((await attacker.api.comeBack(redirectUrl)).status).toBe(400);
    await expectNothing(victim);
    await expectNothing(attacker);
  });

  it('P5 a state nobody gave out is refused', async () => {
    const person = await somebody();
    const url = new URL(CALLBACK[provider], test.product.apiUrl);
    url.search = new URLSearchParams({ state: 'A'.repeat(43), code: 'x' }).toString();
    expect((await person.api.comeBack(url.href)).status).toBe(400);
  });

  it('P5 the same mailbox twice is one inbox, which is left as it is; P6 also when a scope is named', async () => {
    const person = await somebody();
    const place = await person.mailbox.createPlace('Clients');
    const inboxId = await person.connectAndBackfill({ scope: place.scope });
    const { touched: _, sync: __, ...before } = await person.inbox(inboxId);
    for (const scope of [undefined, { kind: 'contacts' }, { kind: 'unchosen' }] as const) {
      const again = await person.consent(await person.begin(scope));
      expect(again).toMatchObject({ outcome: 'already_connected', inboxId });
    }
    expect(await person.inbox(inboxId)).toMatchObject(before);
    await person.putContacts({ bob: ['bob@contact.example'] });
    await person.add({ from: 'bob@contact.example', subject: 'still synced', ...place.at });
    await person.untilOnTimeline('bob', 'still synced');
  });

  it('P5 reconnected it is one inbox, in a later epoch, with one backfill', async () => {
    const person = await somebody();
    const inboxId = await person.connectAndBackfill();
    const { epoch } = await person.inbox(inboxId);
    await person.reconnect(inboxId);
    const after = await person.inbox(inboxId);
    expect(after.epoch).toBeGreaterThan(epoch);
    expect((await inboxesOf(person)).inboxes).toHaveLength(1);
    const kinds = (await person.backfills(inboxId)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'initial')).toHaveLength(1);
    await person.putContacts({ bob: ['bob@contact.example'] });
    await person.add({ from: 'bob@contact.example', subject: 'after the second connect' });
    await person.untilOnTimeline('bob', 'after the second connect');
    expect(await person.timeline('bob')).toHaveLength(1);
  });

  it('P6 a mailbox that is connected anew keeps its narrower scope, unless another one was named', async () => {
    const person = await somebody();
    const place = await person.mailbox.createPlace('Clients');
    const inboxId = await person.connectAndBackfill({ scope: place.scope });
    const before = await person.inbox(inboxId);
    await person.disconnect(inboxId);
    const again = await person.consent(await person.begin());
    expect(again).toMatchObject({ outcome: 'reconnected', inboxId });
    const { scope, scopeName } = await person.inbox(inboxId);
    expect({ scope, scopeName }).toEqual({ scope: before.scope, scopeName: 'Clients' });
    await person.disconnect(inboxId);
    const named = await person.consent(await person.begin({ kind: 'contacts' }));
    expect(named).toMatchObject({ outcome: 'reconnected', inboxId });
    expect((await person.inbox(inboxId)).scope).toEqual({ kind: 'contacts' });
  });

  it('P5 a second mailbox of the same user is an inbox of its own', async () => {
    const person = await somebody();
    const other = await somebody();
    const first = await person.connect();
    const second = await person.connect({ address: other.address });
    expect(second).not.toBe(first);
    expect((await inboxesOf(person)).inboxes.map(({ address }) => address).sort()).toEqual(
      [person.address, other.address].sort(),
    );
  });

  it('P5 a reconnect that comes back with another account changes nothing', async () => {
    const person = await somebody();
    const other = await somebody();
    const inboxId = await person.connectAndBackfill();
    const before = await person.inbox(inboxId);
    const { authorizationUrl } = await person.api.post<{ authorizationUrl: string }>(
      `/api/v1/inboxes/${inboxId}/reconnect`,
      { returnTo: `${test.product.apiUrl}/` },
    );
    const landed = await person.consent(new URL(authorizationUrl), { address: other.address });
    expect(landed.outcome).toBe('other_account');
    expect(await person.inbox(inboxId)).toMatchObject({ epoch: before.epoch, status: 'connected' });
    expect((await inboxesOf(person)).inboxes).toHaveLength(1);
  });

  it('P5 a code exchange that fails at the provider is an outcome, not an error page', async () => {
    const person = await somebody();
    const url = await person.begin();
    const redirectUrl = await person.signIn(url);
    const { id } = await test.emulator.armFault({
      effect: { kind: 'preset', preset: 'unavailable503' },
      method: person.mailbox.calls.renewal,
    });
    const landed = await person.api.comeBack(redirectUrl);
    await test.emulator.clearFaults({ id });
    expect(landed.outcome).toBe('provider_unavailable');
    await expectNothing(person);
    await person.connect();
  });
});

describe('P5 what only Google can answer with', () => {
  it('P5 reading unticked: said so, nothing stored', async () => {
    const person = await test.person();
    const landed = await person.consent(await person.begin(), { scopes: [] });
    expect(['scopes_missing', 'consent_denied']).toContain(landed.outcome);
    await expectNothing(person);
  });

  it('P5 a grant without a refresh token is refused: it would end within the hour', async () => {
    const person = await test.person();
    const url = await person.begin();
    // What Google does for a returning user when consent is not forced.
    await test.emulator.issueTokens({ address: person.address });
    url.searchParams.delete('prompt');
    url.searchParams.set('access_type', 'online');
    const landed = await person.consent(url);
    expect(landed.outcome).toBe('refresh_token_missing');
    await expectNothing(person);
  });
});

describe('P5 two providers', () => {
  it('P5 the callback of one is not the other’s', async () => {
    const person = await test.person(undefined, undefined, { provider: 'outlook' });
    const redirectUrl = await person.signIn(await person.begin());
    const swapped = redirectUrl.replace(CALLBACK.outlook, CALLBACK.gmail);
    expect((await person.api.comeBack(swapped)).outcome).toBe('provider_error');
    expect((await person.api.comeBack(redirectUrl)).status).toBe(400);
    await expectNothing(person);
  });
});
