import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiClient } from '../../../demo/api-client.ts';
import { startCrmPage } from '../../../demo/crm-page/server.ts';
import { freePort } from '../../../stack/ports.ts';

const HOSTILE = `"><script>alert('1')</script>`;
const calls: string[] = [];
let api: Server;
let page: AsyncDisposable;
let origin: string;

const ANSWERS: Record<string, unknown> = {
  'GET /api/v1/contacts': { contacts: [{ id: 'x', name: HOSTILE, addresses: [HOSTILE] }] },
};

beforeAll(async () => {
  api = createServer((request, response) => {
    const call = `${request.method} ${request.url?.split('?')[0]}`;
    calls.push(call);
    response.end(JSON.stringify(ANSWERS[call] ?? {}));
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  origin = `http://127.0.0.1:${await freePort()}`;
  const apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  page = await startCrmPage({
    origin,
    api: new ApiClient(apiUrl, 'token'),
    signIn: async () => ({ apiUrl, token: HOSTILE, operatorToken: 'o' }),
    emulator: { addMessage: async () => ({ id: '1', threadId: '1' }) },
    mailboxes: [{ provider: 'gmail', address: 'maya@brightwater.example' }],
    links: { docs: apiUrl, api: apiUrl, emulator: apiUrl },
  });
});

afterAll(async () => {
  await page[Symbol.asyncDispose]();
  api.close();
});

const visit = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${origin}${path}`, { redirect: 'manual', ...init });

test('escapes what strangers wrote, under a strict policy', async () => {
  const response = await visit('/');
  const text = await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(text).toContain('&lt;script&gt;');
  expect(text).not.toContain('<script>alert');
  expect(text).not.toContain('"><script>');
});

test('signs in at the product by a form that says where it comes from', async () => {
  const response = await visit('/');
  // With another policy a browser hides the origin from a form to another server.
  expect(response.headers.get('referrer-policy')).toBe('strict-origin');
  const text = await response.text();
  expect(text).toMatch(/<form method="post" action="http:[^"]+\/session\/form">/);
  expect(text).toContain('value="/#/settings/email"');
  expect(text).toContain('value="/#/contacts/x"');
});

test.each([
  ['a form of another site', { method: 'POST', headers: { origin: 'https://e.vil' } }],
  ['a form without an origin', { method: 'POST', body: 'contact=x' }],
])('%s is refused and reaches no API', async (_case, init) => {
  calls.length = 0;
  expect((await visit('/write', init)).status).toBe(403);
  expect(calls).toEqual([]);
});
