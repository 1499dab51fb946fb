import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Emulator } from '../../../emulator/index.ts';
import type { FaultEffect } from '../../../emulator/shared/faults.ts';
import type { Access } from '../../../providers/mail-provider.ts';
import { accessTo, clientOf, OUTLOOK, startMicrosoft } from './support.ts';

interface Page {
  value: { id: string }[];
  '@odata.nextLink'?: string;
}

const messages = (query: Record<string, string | number> = {}) =>
  ({ method: 'messages.list', to: { path: '/me/messages', query } }) as const;

describe('the Graph SDK against Microsoft', () => {
  let emulator: Emulator;
  let access: Access;
  beforeAll(async () => {
    emulator = await startMicrosoft();
    await emulator.seedBulk({ address: OUTLOOK, messages: 6, contacts: 2 });
  });
  afterAll(() => emulator.close());
  beforeEach(async () => {
    await emulator.clearFaults();
    await emulator.clearLog();
    access = await accessTo(emulator);
  });

  it('reads with the token and with immutable ids, and follows links to the end', async () => {
    const client = clientOf(emulator.url);
    const seen: string[] = [];
    let page = await client.request<Page>(messages({ $top: 4, $select: 'id' }), access);
    for (;;) {
      seen.push(...page.value.map(({ id }) => id));
      const link = page['@odata.nextLink'];
      if (!link) break;
      page = await client.request<Page>({ method: 'messages.list', to: { link } }, access);
    }
    const known = (await emulator.listMessages({ address: OUTLOOK })).map(({ id }) => id);
    expect(seen.toSorted()).toEqual(known.toSorted());
  });

  it('encodes what the SDK does not: an address with + & and # is searched for whole', async () => {
    const $search = '"participants:a+b&c#d@x.example"';
    await clientOf(emulator.url).request(messages({ $search }), access);
    expect((await emulator.accessLog()).at(-1)?.q).toBe($search);
  });

  const FAULTS: [FaultEffect, string][] = [
    [{ kind: 'preset', preset: 'exhausted429' }, 'RateLimited'],
    [{ kind: 'preset', preset: 'concurrent429' }, 'RateLimited'],
    [{ kind: 'preset', preset: 'unavailable503' }, 'RateLimited'],
    [{ kind: 'preset', preset: 'gatewayTimeout504' }, 'ProviderUnavailable'],
    [{ kind: 'preset', preset: 'backend500' }, 'ProviderUnavailable'],
    [{ kind: 'preset', preset: 'unauthorized401' }, 'AccessTokenRejected'],
    [{ kind: 'preset', preset: 'claimsChallenge401' }, 'AccessTokenRejected'],
    [{ kind: 'preset', preset: 'mailNotEnabled400' }, 'MailboxUnavailable'],
    [{ kind: 'preset', preset: 'notFound404' }, 'NotFound'],
    [{ kind: 'preset', preset: 'syncStateNotFound400' }, 'CursorExpired'],
    [{ kind: 'preset', preset: 'gone410' }, 'CursorExpired'],
    [{ kind: 'status', status: 200, body: '<html>sign in</html>' }, 'ProviderUnavailable'],
    [{ kind: 'status', status: 404, body: '<html>' }, 'ProviderUnavailable'],
    [{ kind: 'reset' }, 'ProviderUnavailable'],
    [{ kind: 'truncate' }, 'ProviderUnavailable'],
  ];

  it.each(FAULTS)('I8 %j is %s, after one attempt', async (effect, name) => {
    await emulator.armFault({ method: 'graph.messages.list', effect });
    await expect(clientOf(emulator.url).request(messages(), access)).rejects.toMatchObject({
      name,
    });
    expect(await emulator.accessLog()).toHaveLength(1);
  });

  it('waits as long as Retry-After says', async () => {
    const effect = { kind: 'preset', preset: 'retryAfter429' } as const;
    await emulator.armFault({ method: 'graph.messages.list', effect });
    await expect(clientOf(emulator.url).request(messages(), access)).rejects.toMatchObject({
      retryAfterMs: 30_000,
    });
  });

  it('a grant without the permission needs consent', async () => {
    const address = OUTLOOK;
    const { access_token } = await emulator.issueGraphTokens({
      address,
      permissions: ['User.Read'],
    });
    const poor = { ...access, accessToken: access_token };
    await expect(clientOf(emulator.url).request(messages(), poor)).rejects.toMatchObject({
      name: 'ConsentRequired',
    });
  });

  it('holds no more of an answer than allowed', async () => {
    const small = clientOf(emulator.url, { maxResponseBytes: 1_000 });
    await expect(small.request(messages(), access)).rejects.toThrow(/too large/);
  });

  it('ends with our own signal, and with a time-out as a provider that is slow', async () => {
    await emulator.armFault({ method: 'graph.messages.list', effect: { kind: 'hang' } });
    const client = clientOf(emulator.url);
    const stop = new AbortController();
    const stopped = client.request(messages(), { ...access, signal: stop.signal });
    stop.abort(new Error('cancelled'));
    await expect(stopped).rejects.toThrow('cancelled');
    const late = { ...access, signal: AbortSignal.timeout(50) };
    await expect(client.request(messages(), late)).rejects.toThrow(/TimeoutError/);
  });
});

/** Notes what arrives, and answers every request alike. */
const startStub = async (answer: { status: number; headers?: Record<string, string> }) => {
  const seen: { url: string; method: string; headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (req, res) => {
    let body = '';
    for await (const chunk of req) body += chunk;
    seen.push({ url: req.url ?? '', method: req.method ?? '', headers: req.headers, body });
    res.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    res.end(answer.status === 204 ? undefined : '{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { url, seen, [Symbol.asyncDispose]: close };
};

const access: Access = { accessToken: 'secret-token', signal: AbortSignal.timeout(60_000) };

describe('what leaves for Graph', () => {
  it('a link goes out letter by letter, with token and preferences', async () => {
    await using stub = await startStub({ status: 200 });
    const path = '/v1.0/me/mailFolders/A%3D/messages/delta?%24skiptoken=b_%2F%2b&$top=5&$top=5';
    const call = { method: 'messages.delta', to: { link: stub.url + path } } as const;
    await clientOf(stub.url).request({ ...call, prefer: ['odata.maxpagesize=7'] }, access);
    const [request] = stub.seen;
    expect(request?.url).toBe(path);
    expect(request?.headers.authorization).toBe('Bearer secret-token');
    expect(request?.headers.prefer).toBe('IdType="ImmutableId", odata.maxpagesize=7');
  });

  it.each([
    ['another host', () => 'https://evil.example/v1.0/me/messages'],
    ['a host that only begins alike', (url: string) => `${url}.evil.example/v1.0/me`],
    ['credentials before another host', (url: string) => `${url}@evil.example/v1.0/me`],
    ['another port of the host', () => 'http://127.0.0.1:9/v1.0/me'],
    [
      'another name of the host',
      (url: string) => `${url.replace('127.0.0.1', 'localhost')}/v1.0/me`,
    ],
    ['the host by another protocol', (url: string) => `${url.replace('http:', 'https:')}/v1.0/me`],
    ['the host with credentials', (url: string) => `${url.replace('//', '//a:b@')}/v1.0/me`],
    ['a service inside', () => 'http://169.254.169.254/v1.0/me'],
    ['a file', () => 'file:///v1.0/me'],
    ['a path that climbs out in disguise', (url: string) => `${url}/v1.0/%2e%2e/oauth`],
    ['a path outside the version', (url: string) => `${url}/beta/me`],
    ['a path that climbs out', (url: string) => `${url}/v1.0/../oauth`],
    ['no address', () => 'me/messages'],
  ])('I6 the token does not follow a link to %s', async (_what, linkTo) => {
    await using stub = await startStub({ status: 200 });
    const sent = vi.spyOn(globalThis, 'fetch');
    const call = { method: 'messages.delta', to: { link: linkTo(stub.url) } } as const;
    await expect(clientOf(stub.url).request(call, access)).rejects.toMatchObject({
      name: 'RequestRefused',
    });
    expect(sent).not.toHaveBeenCalled();
    sent.mockRestore();
  });

  it('I6 the token does not follow a redirect', async () => {
    await using elsewhere = await startStub({ status: 200 });
    const headers = { location: `${elsewhere.url}/v1.0/me` };
    await using stub = await startStub({ status: 302, headers });
    const link = { method: 'messages.delta', to: { link: `${stub.url}/v1.0/me` } } as const;
    for (const call of [messages(), link]) {
      await expect(clientOf(stub.url).request(call, access)).rejects.toMatchObject({
        name: 'ProviderUnavailable',
      });
    }
    expect(elsewhere.seen).toEqual([]);
  });

  it('sends JSON, and takes an empty answer', async () => {
    await using stub = await startStub({ status: 204 });
    const to = { path: '/subscriptions/7' };
    const client = clientOf(stub.url);
    const body = { expirationDateTime: 'soon' };
    await client.command({ method: 'subscriptions.renew', http: 'PATCH', to, body }, access);
    await client.command({ method: 'subscriptions.delete', http: 'DELETE', to }, access);
    expect(stub.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'PATCH /v1.0/subscriptions/7',
      'DELETE /v1.0/subscriptions/7',
    ]);
    expect(JSON.parse(stub.seen[0]?.body ?? '')).toEqual(body);
    expect(stub.seen[0]?.headers['content-type']).toBe('application/json');
  });
});
