import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiClient } from '../../../demo/api-client.ts';
import { startCrmPage } from '../../../demo/crm-page/server.ts';
import { freePort } from '../../../stack/ports.ts';

const HOSTILE = `"><script>alert('1')</script>`;
const COOKIE = 'sambandh-oauth=abc; Path=/; HttpOnly; SameSite=Lax';
const calls: string[] = [];
let api: Server;
let page: AsyncDisposable;
let origin: string;

const message = {
  id: '1',
  direction: 'inbound',
  receivedAt: '2026-05-04T10:00:00.000Z',
  subject: HOSTILE,
  snippet: HOSTILE,
  participants: [{ role: 'from', name: HOSTILE, address: HOSTILE }],
  text: HOSTILE,
  html: `<p title="${HOSTILE}">hello</p>`,
  remoteImages: 0,
  attachments: [{ url: '/a', filename: HOSTILE, mimeType: HOSTILE, sizeBytes: 1, inline: false }],
};
const ANSWERS: Record<string, unknown> = {
  'GET /api/v1/inboxes': { inboxes: [] },
  'POST /api/v1/inboxes': { authorizationUrl: 'https://google.example/auth' },
  'GET /api/v1/contacts': { contacts: [{ id: 'x', name: HOSTILE, addresses: [HOSTILE] }] },
  'GET /api/v1/contacts/x': { id: 'x', name: HOSTILE, addresses: [HOSTILE] },
  'GET /api/v1/contacts/x/timeline': { messages: [message], nextCursor: HOSTILE },
  'GET /api/v1/messages/1': message,
};

beforeAll(async () => {
  api = createServer((request, response) => {
    const call = `${request.method} ${request.url?.split('?')[0]}`;
    calls.push(call);
    response.setHeader('set-cookie', call.startsWith('POST') ? [COOKIE] : []);
    response.end(JSON.stringify(ANSWERS[call] ?? {}));
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  origin = `http://127.0.0.1:${await freePort()}`;
  const apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`;
  page = await startCrmPage({
    origin,
    api: new ApiClient(apiUrl, 'token'),
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

test.each(['/', '/contacts/x', '/messages/1?contact=%22%3E%3Cscript%3E'])(
  '%s escapes what strangers wrote, under a strict policy',
  async (path) => {
    const response = await visit(path);
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).toContain('&lt;script&gt;');
    expect(text).not.toContain('<script>alert');
    expect(text).not.toContain('"><script>');
  },
);

test('a mail is shown in a frame that may do nothing', async () => {
  expect(await (await visit('/messages/1')).text()).toContain('<iframe sandbox="" ');
});

test('connecting hands the cookie of the API to the browser', async () => {
  const response = await visit('/connect/gmail');
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe('https://google.example/auth');
  expect(response.headers.getSetCookie()).toEqual([COOKIE]);
});

test.each([
  [
    'a form of another site',
    '/disconnect',
    { method: 'POST', headers: { origin: 'https://e.vil' } },
  ],
  ['a form without an origin', '/delete-history', { method: 'POST', body: 'confirm=delete' }],
  ['a link on another site', '/connect/gmail', { headers: { 'sec-fetch-site': 'cross-site' } }],
])('%s is refused and reaches no API', async (_case, path, init) => {
  calls.length = 0;
  expect((await visit(path, init)).status).toBe(403);
  expect(calls).toEqual([]);
});

test('a form of the page itself is obeyed', async () => {
  calls.length = 0;
  const response = await visit('/disconnect', {
    method: 'POST',
    headers: { origin },
    body: new URLSearchParams({ inbox: 'i1' }),
  });
  expect(response.headers.get('location')).toBe('/?done=disconnected');
  expect(calls).toEqual(['POST /api/v1/inboxes/i1/disconnect']);
});
