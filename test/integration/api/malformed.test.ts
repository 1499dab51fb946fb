import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, type Rig, type SeededInbox, seedInbox, startRig, tokenOf } from './support.ts';

describe('malformed requests', () => {
  let rig: Rig;
  let inbox: SeededInbox;
  beforeAll(async () => {
    rig = await startRig();
    inbox = await seedInbox(rig, ANN, 'ann@gmail.example');
    await rig.call(ANN, 'PUT', '/api/v1/contacts/known', { addresses: ['k@x.example'] });
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  /** A 4xx problem document that says what to do, and nothing changed. */
  const refused = async (method: string, path: string, body?: unknown): Promise<number> => {
    const before = await rig.counts();
    const answer = await rig.call(ANN, method, path, body);
    const what = `${method} ${path} ${JSON.stringify(body)?.slice(0, 200)} → ${answer.status}`;
    expect(answer.status, what).toBeGreaterThanOrEqual(400);
    expect(answer.status, what).toBeLessThan(500);
    expect(answer.headers.get('content-type'), what).toContain('application/problem+json');
    expect(answer.body.type, what).toMatch(/^\/problems\/[a-z-]+$/);
    expect(answer.body.status).toBe(answer.status);
    expect(answer.body.instance).toBe(`/requests/${answer.headers.get('x-request-id')}`);
    expect(answer.body.detail.length).toBeGreaterThan(20);
    expect(await rig.counts(), what).toEqual(before);
    return answer.status;
  };

  const inboxes = '/api/v1/inboxes';
  const bodies: [string, string, unknown][] = [
    ['POST', inboxes, undefined],
    ['POST', inboxes, '{'],
    ['POST', inboxes, '"gmail"'],
    ['POST', inboxes, []],
    ['POST', inboxes, null],
    ['POST', inboxes, {}],
    ['POST', inboxes, { provider: 'imap' }],
    ['POST', inboxes, { provider: 'gmail', extra: 1 }],
    ['POST', inboxes, { provider: 'gmail', scope: 'contacts' }],
    ['POST', inboxes, { provider: 'gmail', scope: { kind: 'label' } }],
    ['POST', inboxes, { provider: 'gmail', scope: { kind: 'label', labelId: '../x' } }],
    ['POST', inboxes, { provider: 'gmail', scope: { kind: 'contacts', labelId: 'x' } }],
    ['POST', inboxes, { provider: 'gmail', loginHint: 'nobody' }],
    ['POST', inboxes, { provider: 'gmail', returnTo: 7 }],
    ['POST', inboxes, { provider: 'gmail', returnTo: '//evil.example' }],
    ['POST', inboxes, { provider: 'gmail', returnTo: '' }],
    ['DELETE', '/api/v1/contacts/known', { really: true }],
    ['DELETE', '/api/v1/contacts/known?really=1', undefined],
    ['POST', inboxes, '{"provider":"gmail","__proto__":{"scope":{"kind":"contacts"}}}'],
    ['PUT', '/api/v1/contacts/c', {}],
    ['PUT', '/api/v1/contacts/c', { addresses: 'a@b.example' }],
    ['PUT', '/api/v1/contacts/c', { addresses: [1] }],
    ['PUT', '/api/v1/contacts/c', { addresses: ['no address'] }],
    ['PUT', '/api/v1/contacts/c', { addresses: ['a@b.example', ''] }],
    ['PUT', '/api/v1/contacts/c', { addresses: ['a\0@b.example'] }],
    ['PUT', '/api/v1/contacts/c', { name: 'a\0b', addresses: [] }],
    ['PUT', '/api/v1/contacts/c', { name: 'x'.repeat(501), addresses: [] }],
    ['PUT', '/api/v1/contacts/c', { name: null, addresses: [] }],
    [
      'PUT',
      '/api/v1/contacts/c',
      { addresses: Array.from({ length: 51 }, (_, i) => `a${i}@x.example`) },
    ],
    ['PUT', '/api/v1/contacts/a@b.example', { addresses: [] }],
    ['PUT', '/api/v1/contacts/%00', { addresses: [] }],
    ['PUT', '/api/v1/contacts/%E0%A4%A', { addresses: [] }],
    ['PUT', `/api/v1/contacts/${'c'.repeat(129)}`, { addresses: [] }],
    ['PUT', '/api/v1/contacts/bulk', { addresses: [] }],
    ['POST', '/api/v1/contacts/bulk', { contacts: [] }],
    ['POST', '/api/v1/contacts/bulk', { contacts: [{ id: 'a' }] }],
    [
      'POST',
      '/api/v1/contacts/bulk',
      {
        contacts: [
          { id: 'a', addresses: [] },
          { id: 'a', addresses: [] },
        ],
      },
    ],
    [
      'POST',
      '/api/v1/contacts/bulk',
      {
        contacts: [
          { id: 'a', addresses: ['a@x.example'] },
          { id: 'b', addresses: ['b'] },
        ],
      },
    ],
    [
      'POST',
      '/api/v1/contacts/bulk',
      { contacts: Array.from({ length: 1_001 }, (_, i) => ({ id: `c${i}`, addresses: [] })) },
    ],
    ['DELETE', '/api/v1/contacts/unknown', undefined],
    ['PATCH', '/api/v1/contacts/known', {}],
    ['DELETE', inboxes, undefined],
  ];
  it.each(bodies)('%s %s %j', async (method, path, body) => {
    await refused(method, path, body);
  });

  it.each([
    '/api/v1/inboxes/1',
    '/api/v1/inboxes/%27%3B%20drop%20table%20inboxes',
    '/api/v1/inboxes/01890000-0000-7000-8000-00000000000g',
    '/api/v1/contacts?limit=0',
    '/api/v1/contacts?limit=101',
    '/api/v1/contacts?limit=1e2',
    '/api/v1/contacts?limit=5&limit=6',
    '/api/v1/contacts?limit[]=5',
    '/api/v1/contacts?unknown=1',
    '/api/v1/contacts/known?unknown=1',
    '/api/v1/inboxes?limit=5',
    '/api/v1/contacts?cursor=',
    '/api/v1/contacts?cursor=%00',
    '/api/v1/contacts?cursor=W10',
    '/api/v1/contacts?cursor=bnVsbA',
    `/api/v1/contacts?cursor=${'A'.repeat(500)}`,
    '/api/v1/contacts/known/timeline?cursor=WzFd',
    `/api/v1/contacts/known/timeline?cursor=${Buffer.from('[1e300,"01890000-0000-7000-8000-000000000000"]').toString('base64url')}`,
    `/api/v1/contacts/known/timeline?cursor=${Buffer.from('[9007199254740991,"01890000-0000-7000-8000-000000000000"]').toString('base64url')}`,
    `/api/v1/contacts/known/timeline?cursor=${Buffer.from('["1","x"]').toString('base64url')}`,
    '/api/v1/messages/x',
    '/api/v1/messages/01890000-0000-7000-8000-000000000000?images=all',
    '/api/v1/messages/01890000-0000-7000-8000-000000000000/attachments/..%2F..%2Fx',
    '/api/v1/threads/x/y',
    '/api/v1/threads/01890000-0000-7000-8000-000000000000/%00',
    '/API/v1/contacts',
    '/problems/none',
    '/problems/constructor',
  ])('GET %s', async (path) => {
    await refused('GET', path);
  });

  it('refuses what is aimed at a real inbox', async () => {
    const own = `${inboxes}/${inbox.inboxId}`;
    expect(await refused('POST', `${own}/delete-history`)).toBe(400);
    expect(await refused('POST', `${own}/delete-history`, { confirm: true })).toBe(400);
    expect(await refused('POST', `${own}/delete-history`, { confirm: 'Delete' })).toBe(400);
    expect(await refused('PUT', `${own}/scope`, { kind: 'everything' })).toBe(400);
    expect(await refused('PUT', `${own}/scope`, { kind: 'folder', folderId: 'x' })).toBe(400);
    expect(await refused('GET', `${own}/backfills/0`)).toBe(400);
    expect(await refused('GET', `${own}/backfills/99999999999`)).toBe(400);
    expect(await refused('GET', `${own}/backfills/2`)).toBe(404);
    expect(await refused('GET', `${own}/disconnect`)).toBe(405);
    expect(await refused('POST', `${own}/disconnect`, '{')).toBe(400);
    expect(await refused('POST', `${own}/disconnect`, { at: 'tomorrow' })).toBe(400);
    expect(await refused('POST', `${own}/disconnect?at=tomorrow`)).toBe(400);
    expect(await refused('GET', `${own}/deletions/${inbox.inboxId}`)).toBe(404);
  });

  it('names every unusable address', async () => {
    const { body, status } = await rig.call(ANN, 'POST', '/api/v1/contacts/bulk', {
      contacts: [
        { id: 'a', addresses: ['a@x.example', 'nonsense'] },
        { id: 'b', addresses: ['@', 'b@x.example'] },
      ],
    });
    expect(status).toBe(422);
    expect(body.errors).toEqual([
      { field: 'contacts.0.addresses.1', message: 'not an email address: "nonsense"' },
      { field: 'contacts.1.addresses.0', message: 'not an email address: "@"' },
    ]);
  });

  it('bounds bodies, however they are packed', async () => {
    const authorization = `Bearer ${await tokenOf(ANN)}`;
    const send = async (
      path: string,
      body: string | Buffer,
      headers: Record<string, string> = {},
    ) =>
      (
        await rig.raw(path, {
          method: path.includes('bulk') ? 'POST' : 'PUT',
          headers: { authorization, 'content-type': 'application/json', ...headers },
          body,
        })
      ).status;
    const large = (size: number): string =>
      JSON.stringify({ addresses: [], name: 'x'.repeat(size) });
    expect(await send('/api/v1/contacts/c', large(70_000))).toBe(413);
    expect(await send('/api/v1/contacts/bulk', large(5_000_000))).toBe(413);
    const bomb = gzipSync(large(200_000_000));
    expect(await send('/api/v1/contacts/c', bomb, { 'content-encoding': 'gzip' })).toBe(413);
    expect(await send('/api/v1/contacts/c', 'x', { 'content-encoding': 'compress' })).toBe(415);
    const charset = 'application/json; charset=iso-8859-1';
    expect(await send('/api/v1/contacts/c', '{"addresses":[]}', { 'content-type': charset })).toBe(
      415,
    );
    expect(
      await send('/api/v1/contacts/c', '{"addresses":[]}', { 'content-type': 'text/plain' }),
    ).toBe(415);
    const deep = `{"addresses":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
    expect(await send('/api/v1/contacts/c', deep)).toBe(400);
  });

  it.each(['5', 'null', '"text"', '[]'])('says of %s that an object is expected', async (body) => {
    const response = await rig.raw('/api/v1/contacts/c', {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${await tokenOf(ANN)}`,
        'content-type': 'application/json',
      },
      body,
    });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { type: '/problems/invalid-request' },
    ]);
  });

  it('takes no bytes that are not text', async () => {
    const before = await rig.counts();
    const response = await rig.raw('/api/v1/contacts/c', {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${await tokenOf(ANN)}`,
        'content-type': 'application/json',
      },
      body: Buffer.from('{"addresses":[],"name":"Bj\xf6rn"}', 'latin1'),
    });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { type: '/problems/malformed-json' },
    ]);
    expect(await rig.counts()).toEqual(before);
  });

  it.each([
    ['GARBAGE', 400, 'invalid-request'],
    ['GET / HTTP/1.1', 400, 'invalid-request'],
    [`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(20_000)}`, 431, 'headers-too-large'],
    ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5', 400, 'invalid-request'],
    ['GET /none HTTP/1.1\r\nHost: x\r\nExpect: wonders', 404, 'not-found'],
  ])('answers %.30s', async (head, status, code) => {
    const { hostname, port } = new URL(rig.url);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    socket.write(`${head}\r\nConnection: close\r\n\r\n`);
    const answer = (await socket.toArray()).join('');
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/^content-type: application\/problem\+json/im);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({
      type: `/problems/${code}`,
      status,
    });
  });

  it('gives advice that fits the address and the mistake', async () => {
    const authorization = `Bearer ${await tokenOf(ANN)}`;
    const detailOf = async (
      method: string,
      path: string,
      body: string | Buffer,
      headers: Record<string, string> = {},
    ) => {
      const sent = { authorization, 'content-type': 'application/json', ...headers };
      const response = await rig.raw(path, { method, headers: sent, body });
      const { type, detail } = (await response.json()) as { type: string; detail: string };
      return `${response.status} ${type} ${detail}`;
    };
    const one = '/api/v1/contacts/c';
    const bulk = '/api/v1/contacts/bulk';
    const large = `"${'x'.repeat(5_000_000)}"`;
    expect(await detailOf('PUT', one, large)).toMatch(/^413 .*64 KB\. Send less at once\.$/);
    expect(await detailOf('POST', bulk, large)).toMatch(/^413 .*4 MB and 1,000 contacts\./);
    const text = await detailOf('PUT', one, '{}', { 'content-type': 'text/plain' });
    expect(text).toMatch(/^415 \/problems\/unsupported-media-type .*application\/json/);
    const packed = await detailOf('PUT', one, 'no gzip', { 'content-encoding': 'gzip' });
    expect(packed).toMatch(/^400 .*could not be unpacked/);
    const path = await detailOf('PUT', '/api/v1/contacts/%E0%A4%A', '{}');
    expect(path).toMatch(/^400 .*cannot be decoded/);
    for (const detail of [packed, path]) expect(detail).not.toContain('`errors`');
    const reserved = { contacts: [{ id: 'bulk', addresses: [] }] };
    for (const [method, at, body] of [
      ['PUT', bulk, { addresses: [] }],
      ['POST', bulk, reserved],
    ] as const) {
      const detail = await detailOf(method, at, JSON.stringify(body));
      expect(detail).toMatch(/^422 \/problems\/reserved-id /);
    }
  });

  it('takes an empty body that is declared as nothing', async () => {
    const response = await rig.raw(`${inboxes}/${inbox.inboxId}/reconnect`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await tokenOf(ANN)}` },
    });
    expect(response.status).toBe(201);
  });

  it('refuses whatever a fuzzer thinks of, and changes nothing', async () => {
    const before = await rig.counts();
    const path = fc.constantFrom(
      inboxes,
      `${inboxes}/${inbox.inboxId}/scope`,
      `${inboxes}/${inbox.inboxId}/delete-history`,
      `${inboxes}/${inbox.inboxId}/reconnect`,
      '/api/v1/contacts/bulk',
      '/api/v1/contacts/fuzzed',
    );
    const word = fc.constantFrom(
      'provider',
      'scope',
      'kind',
      'confirm',
      'contacts',
      'addresses',
      'returnTo',
      'id',
      '__proto__',
    );
    const body = fc.dictionary(word, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 });
    const acceptable = /"confirm":"delete"|"provider":"gmail"|"addresses":\[\]/;
    await fc.assert(
      fc.asyncProperty(path, fc.constantFrom('POST', 'PUT'), body, async (at, method, given) => {
        fc.pre(!acceptable.test(JSON.stringify(given)));
        const answer = await rig.call(ANN, method, at, given);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
      }),
      { seed: 5, numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 60 }), async (text) => {
        const segment = encodeURIComponent(text.toWellFormed());
        for (const at of [
          `${inboxes}/${segment}`,
          `/api/v1/messages/${segment}`,
          `/api/v1/contacts?cursor=${segment}`,
        ]) {
          if (segment === '' || /^\.+$/.test(segment)) continue;
          const { status } = await rig.call(ANN, 'GET', at);
          expect(status, at).toBeGreaterThanOrEqual(400);
          expect(status, at).toBeLessThan(500);
        }
      }),
      { seed: 6, numRuns: 150 },
    );
    expect(await rig.counts()).toEqual(before);
  });

  it('keeps a user to a rate and says when to come back', async () => {
    await using small = await startRig({ RATE_LIMIT_PER_MINUTE: '3' });
    for (let left = 2; left >= 0; left--) {
      const { status, headers } = await small.call(ANN, 'GET', inboxes);
      expect([
        status,
        headers.get('x-ratelimit-limit'),
        headers.get('x-ratelimit-remaining'),
      ]).toEqual([200, '3', String(left)]);
    }
    const limited = await small.call(ANN, 'GET', inboxes);
    expect(limited).toMatchObject({ status: 429, body: { type: '/problems/rate-limited' } });
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    const other = { orgId: 'acme', userId: 'someone-else' };
    expect((await small.call(other, 'GET', inboxes)).status).toBe(200);
  });
});
