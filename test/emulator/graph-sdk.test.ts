import { ConfidentialClientApplication, InteractionRequiredAuthError } from '@azure/msal-node';
import {
  BatchRequestContent,
  BatchResponseContent,
  Client,
  type Context,
  type GraphError,
  HTTPMessageHandler,
  type Middleware,
  PageIterator,
  RetryHandler,
  RetryHandlerOptions,
} from '@microsoft/microsoft-graph-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_APP_ID, type Emulator, startEmulator } from '../../emulator/index.ts';
import { account, type Json, OUTLOOK, REDIRECT, startWebhook } from './graph-support.ts';

/** Microsoft's own libraries, unmodified, by options that they document; nothing of ours between. */
const REAL = 'https://graph.microsoft.com';
const SCOPES = ['User.Read', 'Mail.Read'];

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ outlookAccounts: [account()] });
  for (let n = 0; n < 12; n += 1) {
    await emulator.addMessage({ address: OUTLOOK, from: 'ann@x.example', subject: `mail ${n}` });
  }
});
afterAll(() => emulator.close());

const msal = (): ConfidentialClientApplication => {
  const at = (path: string) => `${emulator.url}/common/${path}`;
  return new ConfidentialClientApplication({
    auth: {
      clientId: DEFAULT_APP_ID,
      clientSecret: 'emulator-secret',
      authority: 'https://login.microsoftonline.com/common',
      authorityMetadata: JSON.stringify({
        authorization_endpoint: at('oauth2/v2.0/authorize'),
        token_endpoint: at('oauth2/v2.0/token'),
        end_session_endpoint: at('oauth2/v2.0/logout'),
        jwks_uri: at('discovery/v2.0/keys'),
        issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
      }),
    },
  });
};

const signIn = async (app = msal()) => {
  const request = { scopes: SCOPES, redirectUri: REDIRECT };
  const url = await app.getAuthCodeUrl(request);
  const { redirectUrl } = await emulator.signIn({ url, address: OUTLOOK });
  const code = new URL(redirectUrl).searchParams.get('code') ?? '';
  return { app, ...(await app.acquireTokenByCode({ ...request, code })) };
};

class Bearer implements Middleware {
  #next: Middleware | null = null;
  readonly #token: string;
  constructor(token: string) {
    this.#token = token;
  }
  setNext(next: Middleware): void {
    this.#next = next;
  }
  async execute(context: Context): Promise<void> {
    const headers = new Headers(context.options?.headers as Record<string, string>);
    headers.set('authorization', `Bearer ${this.#token}`);
    headers.set('prefer', 'IdType="ImmutableId"');
    context.options = { ...context.options, headers };
    await this.#next?.execute(context);
  }
}

/** To the emulator instead of Microsoft: path and query stay as they are. */
class Elsewhere implements Middleware {
  async execute(context: Context): Promise<void> {
    const url = String(context.request).replace(REAL, emulator.url);
    context.response = await fetch(url, context.options as RequestInit);
  }
}

/** Straight to an http address, with the library's own retries. */
const direct = async (): Promise<Client> => {
  const { accessToken } = await signIn();
  const retries = new RetryHandler(new RetryHandlerOptions(1, 2));
  const middleware: Middleware[] = [new Bearer(accessToken), retries, new HTTPMessageHandler()];
  return Client.initWithMiddleware({ baseUrl: emulator.url, middleware: chain(middleware) });
};

const chain = (all: Middleware[]): Middleware => {
  for (const [i, one] of all.entries()) one.setNext?.(all[i + 1] as Middleware);
  return all[0] as Middleware;
};

describe('msal-node, unmodified', () => {
  test('signs in with a code, and renews silently', async () => {
    const { app, account: who, accessToken, scopes } = await signIn();
    expect(scopes.join(' ')).toContain('Mail.Read');
    expect(who?.username).toBe(OUTLOOK);
    if (!who) throw new Error('no account');
    const renewed = await app.acquireTokenSilent({
      account: who,
      scopes: SCOPES,
      forceRefresh: true,
    });
    expect(renewed?.accessToken).not.toBe(accessToken);
  });

  test('takes a refusal for what it is', async () => {
    const { app, account: who } = await signIn();
    if (!who) throw new Error('no account');
    await emulator.setSignInFailure({ address: OUTLOOK, failure: { code: 50076 } });
    const again = app.acquireTokenSilent({ account: who, scopes: SCOPES, forceRefresh: true });
    await expect(again).rejects.toThrow(InteractionRequiredAuthError);
    await emulator.setSignInFailure({ address: OUTLOOK, failure: null });
  });
});

describe('microsoft-graph-client, unmodified', () => {
  test('reads the profile, a message and its content, by immutable ids', async () => {
    const client = await direct();
    expect(await client.api('/me').get()).toMatchObject({ mail: OUTLOOK });
    const { value } = await client.api('/me/messages').select('id,subject').top(1).get();
    const message = await client.api(`/me/messages/${value[0].id}`).get();
    expect(message).toMatchObject({ subject: 'mail 11' });
    await emulator.moveMessage({ address: OUTLOOK, id: value[0].id, folder: 'archive' });
    expect(await client.api(`/me/messages/${value[0].id}`).get()).toMatchObject({
      subject: 'mail 11',
    });
  });

  test('follows pages and a delta by Microsoft’s own addresses', async () => {
    await emulator.setGraphLinks({ base: REAL });
    const { accessToken } = await signIn();
    const middleware = chain([new Bearer(accessToken), new Elsewhere()]);
    const client = Client.initWithMiddleware({ middleware });
    const seen: string[] = [];
    const take = (row: Json): boolean => seen.push(String(row.subject)) > 0;
    const first = await client.api('/me/messages').select('subject').top(5).get();
    await new PageIterator(client, first, take).iterate();
    expect(seen).toHaveLength(12);

    const path = '/me/mailFolders/inbox/messages/delta';
    const round = new PageIterator(
      client,
      await client.api(path).select('subject').get(),
      () => true,
    );
    await round.iterate();
    await emulator.addMessage({ address: OUTLOOK, from: 'ann@x.example', subject: 'later' });
    const { value } = await client.api(round.getDeltaLink() ?? '').get();
    expect(value).toMatchObject([{ subject: 'later' }]);
    await emulator.expireDelta({ address: OUTLOOK });
    const expired = client.api(round.getDeltaLink() ?? '').get();
    await expect(expired).rejects.toMatchObject({ statusCode: 410 } satisfies Partial<GraphError>);
    await emulator.setGraphLinks({ base: null });
  });

  test('searches, and sends twenty requests in one', async () => {
    const client = await direct();
    const found = await client.api('/me/messages').search('"participants:ann@x.example"').get();
    const ids = (found.value as { id: string }[]).map(({ id }) => id);
    const content = new BatchRequestContent(
      ids.slice(0, 10).map((id) => ({
        id,
        request: new Request(`${REAL}/me/messages/${encodeURIComponent(id)}`),
      })),
    );
    const answer = await client.api('/$batch').post(await content.getContent());
    const parts = new BatchResponseContent(answer);
    expect(ids.slice(0, 10).map((id) => parts.getResponseById(id).status)).toEqual(
      Array.from({ length: 10 }, () => 200),
    );
  });

  test('waits as Retry-After says, and begins a subscription', async () => {
    const client = await direct();
    const effect = { kind: 'preset', preset: 'concurrent429' } as const;
    await emulator.armFault({ method: 'graph.me.get', effect, times: 1 });
    expect(await client.api('/me').get()).toMatchObject({ mail: OUTLOOK });
    await using webhook = await startWebhook();
    const made = await client.api('/subscriptions').post({
      changeType: 'created',
      notificationUrl: webhook.url,
      resource: 'me/messages',
      clientState: 'secret',
      expirationDateTime: new Date(Date.now() + 3_600_000).toISOString(),
    });
    expect(made.id).toEqual(expect.any(String));
    expect(webhook.handshakes).toHaveLength(1);
  });
});
